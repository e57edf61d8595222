import { timingSafeEqual } from 'node:crypto';
import type { RTCDtlsTransport } from 'werift';
import { HmacSha1 } from './hmac-sha1.js';
import { CmKeyStream, aesCmHmacSha1, cmTagLength } from './srtp-cm.js';

type WeriftSession = RTCDtlsTransport['srtcp'];

/** Encrypts and decrypts RTCP of one peer. */
export interface SrtcpCipher {
  /** A compound packet as it goes over the wire. */
  encrypt(packet: Buffer): Buffer;
  /** In clear; `null` for one that is forged or comes again. Never throws. */
  decrypt(packet: Buffer): Buffer | null;
}

/** What werift's context keeps to itself. */
interface ContextInternals {
  readonly srtcpSessionKey: Buffer;
  readonly srtcpSessionSalt: Buffer;
  readonly srtcpSessionAuthTag: Buffer;
}

/** What is in clear: the first header and its sender. */
const clearSize = 8;
const indexSize = 4;
const maxIndex = 0x7fff_ffff;
/** Packets that may come late; older and repeated ones are dropped (RFC 3711, 3.3.2). */
const replayWindow = 64;
/** Senders of one peer that are told apart. */
const maxSources = 32;

/** The cipher for a session's keys: ours for AES-CM, at half of what werift's costs; werift's for AES-GCM. */
export function createSrtcpCipher(session: WeriftSession): SrtcpCipher {
  if (session.config.profile === aesCmHmacSha1) {
    const { localContext, remoteContext } = session as unknown as Record<
      'localContext' | 'remoteContext',
      ContextInternals
    >;
    return new CmCipher(localContext, remoteContext);
  }
  return {
    encrypt: (packet) => session.encrypt(packet),
    decrypt: (packet) => {
      try {
        return session.decrypt(packet);
      } catch {
        return null;
      }
    },
  };
}

/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711, 3.4). */
class CmCipher implements SrtcpCipher {
  readonly #local: Direction;
  readonly #remote: Direction;
  readonly #sent: Map<number, number> = new Map();
  readonly #sources: Map<number, Float64Array> = new Map();

  constructor(local: ContextInternals, remote: ContextInternals) {
    this.#local = new Direction(local);
    this.#remote = new Direction(remote);
  }

  encrypt(packet: Buffer): Buffer {
    const ssrc = packet.readUInt32BE(4);
    const index = ((this.#sent.get(ssrc) ?? 0) + 1) & maxIndex;
    this.#sent.set(ssrc, index);
    const out = Buffer.allocUnsafeSlow(packet.length + indexSize + cmTagLength);
    out.set(packet, 0);
    this.#local.apply(out, packet.length, ssrc, index);
    out.writeUInt32BE((0x8000_0000 | index) >>> 0, packet.length);
    out.set(this.#local.tag(out.subarray(0, packet.length + indexSize)), packet.length + indexSize);
    return out;
  }

  decrypt(packet: Buffer): Buffer | null {
    const tagAt = packet.length - cmTagLength;
    const end = tagAt - indexSize;
    if (end < clearSize) return null;
    if (!timingSafeEqual(this.#remote.tag(packet.subarray(0, tagAt)), packet.subarray(tagAt))) {
      return null;
    }
    const ssrc = packet.readUInt32BE(4);
    const word = packet.readUInt32BE(end);
    const index = word & maxIndex;
    if (!this.#isNew(ssrc, index)) return null;
    const out = Buffer.allocUnsafeSlow(end);
    out.set(packet.subarray(0, end), 0);
    if (word > maxIndex) this.#remote.apply(out, end, ssrc, index);
    return out;
  }

  #isNew(ssrc: number, index: number): boolean {
    let seen = this.#sources.get(ssrc);
    if (seen === undefined) {
      if (this.#sources.size >= maxSources) return false;
      // The number of the packet last seen in each place, and behind them the highest.
      seen = new Float64Array(replayWindow + 1).fill(-1);
      this.#sources.set(ssrc, seen);
    }
    const highest = seen[replayWindow] as number;
    if (index <= highest - replayWindow || seen[index % replayWindow] === index) return false;
    seen[index % replayWindow] = index;
    seen[replayWindow] = Math.max(highest, index);
    return true;
  }
}

/** Keys of one direction. */
class Direction {
  readonly #stream: CmKeyStream;
  readonly #hmac: HmacSha1;

  constructor({ srtcpSessionKey, srtcpSessionSalt, srtcpSessionAuthTag }: ContextInternals) {
    this.#stream = new CmKeyStream(srtcpSessionKey, srtcpSessionSalt);
    this.#hmac = new HmacSha1(srtcpSessionAuthTag);
  }

  /** Encrypts or decrypts what lies behind the clear part. */
  apply(bytes: Buffer, end: number, ssrc: number, index: number): void {
    const blocks = this.#stream.addCounters(0, end - clearSize, ssrc, index);
    const words = this.#stream.words(blocks);
    const stream = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    for (let i = clearSize; i < end; i++) {
      bytes[i] = (bytes[i] as number) ^ (stream[i - clearSize] as number);
    }
  }

  tag(bytes: Buffer): Buffer {
    return this.#hmac.of(bytes).subarray(0, cmTagLength);
  }
}
