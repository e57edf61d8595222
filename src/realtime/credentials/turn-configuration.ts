import type { IceServer } from '../../rtc/peer-session-types.js';

/**
 * Servers with credentials, for a browser's or for our own `RTCPeerConnection`. A type, not an interface, so that it fits
 * where any field may be (`rtcConfiguration`).
 */
export type TurnConfiguration = {
  /** STUN and TURN servers. */
  iceServers: IceServer[];
  /** `relay`: over TURN servers alone. */
  iceTransportPolicy?: 'all' | 'relay';
};

/** Credentials as they were got. */
export interface TurnGrant {
  readonly configuration: TurnConfiguration;
  /** How long they are good for, counted from when they were asked for. */
  readonly ttlMs: number;
}

/** A checked way to credentials; throws nothing until it is used. */
export type TurnSource = () => Promise<TurnGrant>;
