import { createCipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RTCDtlsTransport } from 'werift';
import { GcmNonce, aeadAes128Gcm } from './srtp-gcm.js';

/** An RTP header as bytes, with what encryption needs to know of it. */
export interface SerializedHeader {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly serializeSize: number;
  serialize(): Buffer;
}

/** Encrypts RTP packets of one sender; sequence numbers of an SSRC must come in order. */
export interface SrtpWriter {
  /** The packet as it goes over the wire. */
  encrypt(payload: Buffer, header: SerializedHeader): Buffer;
}

type WeriftSession = RTCDtlsTransport['srtp'];

const tagLength = 16;

/**
 * The writer for a session's keys: ours for AES-GCM, which nearly every viewer takes and which costs a third of
 * werift's; werift's for the rest.
 */
export function createSrtpWriter(session: WeriftSession): SrtpWriter {
  if (session.config.profile === aeadAes128Gcm) {
    const { srtpSessionKey, srtpSessionSalt } = session.localContext;
    return new GcmWriter(srtpSessionKey, srtpSessionSalt);
  }
  // werift asks of a header no more than we give it.
  type Header = Parameters<WeriftSession['encrypt']>[1];
  return {
    encrypt: (payload, header) => session.encrypt(payload, header as unknown as Header),
  };
}

/** AEAD_AES_128_GCM (RFC 7714). */
class GcmWriter implements SrtpWriter {
  // A raw key would be imported again with every packet.
  readonly #key: KeyObject;
  readonly #nonce: GcmNonce;
  readonly #rollOver: Map<number, { count: number; last: number }> = new Map();

  constructor(key: Buffer, salt: Buffer) {
    this.#key = createSecretKey(key);
    this.#nonce = new GcmNonce(salt);
  }

  encrypt(payload: Buffer, header: SerializedHeader): Buffer {
    const head = header.serialize();
    const { ssrc, sequenceNumber } = header;
    const rollOvers = this.#rollOverCount(ssrc, sequenceNumber);
    const nonce = this.#nonce.of({ ssrc, rollOvers, sequenceNumber });
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
    cipher.setAAD(head);
    const body = cipher.update(payload);
    cipher.final();
    const packet = Buffer.allocUnsafe(head.length + body.length + tagLength);
    packet.set(head, 0);
    packet.set(body, head.length);
    packet.set(cipher.getAuthTag(), head.length + body.length);
    return packet;
  }

  #rollOverCount(ssrc: number, sequenceNumber: number): number {
    const state = this.#rollOver.get(ssrc);
    if (state === undefined) {
      this.#rollOver.set(ssrc, { count: 0, last: sequenceNumber });
      return 0;
    }
    if (sequenceNumber < state.last) state.count += 1;
    state.last = sequenceNumber;
    return state.count;
  }
}
