import type { RTCIceTransport } from 'werift';
import type { GuardedProtocol } from './guarded-protocol.js';
import type { TurnRelay } from './turn-relay.js';

/** werift's ICE: addresses of both sides, pairs of them, and the one that was nominated. */
export type IceConnection = RTCIceTransport['connection'];

/** What packets come and go by: a socket of ours, or a TURN server. */
export type IceProtocol = GuardedProtocol | TurnRelay['protocol'];

/** What {@link IceConnection} keeps to itself. */
interface Internals {
  protocols: IceProtocol[];
  tieBreaker: bigint;
  ensureProtocol(protocol: IceProtocol): void;
  pairLocalProtocol(protocol: IceProtocol): void;
}

/** werift takes requests by `protocol` from now on, and closes it with the connection. */
export function addProtocol(connection: IceConnection, protocol: IceProtocol): void {
  const internals = connection as unknown as Internals;
  internals.ensureProtocol(protocol);
  internals.protocols.push(protocol);
}

/** The viewer's addresses known so far are tried by `protocol`, too. */
export function pairProtocol(connection: IceConnection, protocol: IceProtocol): void {
  (connection as unknown as Internals).pairLocalProtocol(protocol);
}

/** Decides who chooses the path where both sides want to (RFC 8445, 7.3.1.1). */
export function tieBreakerOf(connection: IceConnection): bigint {
  return (connection as unknown as Internals).tieBreaker;
}

/** werift remembers every request for ever; this forgets them. */
export function forgetRequests(connection: IceConnection): void {
  for (const pair of connection.checkList) {
    (pair as unknown as { requestTransactionIds: Set<string> }).requestTransactionIds.clear();
  }
}

/** Whether two addresses are one. */
export function sameAddress(a: readonly [string, number], b: readonly [string, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
