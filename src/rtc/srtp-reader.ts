import { createDecipheriv, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RTCDtlsTransport } from 'werift';
import { extendSequence, readRtpHeader, withoutPadding } from './rtp-packet.js';
import type { ReceivedRtp, RtpHeaderFields } from './rtp-packet.js';
import { CmKeyStream, CmTag, cmTagLength } from './srtp-cm.js';
import type { CmContextInternals } from './srtp-cm.js';
import { GcmNonce, aeadAes128Gcm } from './srtp-gcm.js';

type WeriftSession = RTCDtlsTransport['srtp'];

/** The plain payload; `null` or an exception for a forged packet. */
type Decrypt = (packet: Buffer, header: RtpHeaderFields, rollOvers: number) => Buffer | null;

const tagLength = 16;
/** Packets that may come late; older and repeated ones are dropped (RFC 3711, 3.3.2). */
const replayWindow = 1024;
/** Senders of one peer: one a section and its retransmissions, and some to spare for those that begin anew. */
const maxSources = 32;

interface Source {
  highest: number;
  /** The number of the packet last seen in each place. */
  readonly seen: Float64Array;
}

/** Decrypts RTP of one peer. Packets that are forged, repeated or of too many senders come to nothing. */
export class SrtpReader {
  readonly #decrypt: Decrypt;
  readonly #sources: Map<number, Source> = new Map();

  /** The reader for a session's keys. */
  constructor(session: WeriftSession) {
    const { remoteContext } = session;
    const { srtpSessionKey: key, srtpSessionSalt: salt } = remoteContext;
    if (session.config.profile === aeadAes128Gcm) {
      this.#decrypt = gcmDecrypter(key, salt);
    } else {
      const { srtpSessionAuthTag } = remoteContext as unknown as CmContextInternals;
      this.#decrypt = cmDecrypter(key, salt, srtpSessionAuthTag);
    }
  }

  /**
   * The packet in clear; `null` when it is not to be used. Never throws.
   *
   * @param wanted - Asked before the work is done.
   */
  read(packet: Buffer, wanted: (header: RtpHeaderFields) => boolean): ReceivedRtp | null {
    const header = readRtpHeader(packet);
    if (header === null || !wanted(header)) return null;
    const source = this.#sources.get(header.ssrc);
    if (source === undefined && this.#sources.size >= maxSources) return null;
    const index =
      source === undefined
        ? header.sequenceNumber
        : extendSequence(header.sequenceNumber, source.highest);
    if (index < 0 || (source !== undefined && isRepeated(source, index))) return null;
    try {
      const plain = this.#decrypt(packet, header, Math.floor(index / 0x10000));
      const payload = plain && withoutPadding(plain, header.padded);
      if (payload === null) return null;
      this.#remember(header.ssrc, source, index);
      const { payloadType, marker, sequenceNumber, timestamp, ssrc, size, padded } = header;
      return {
        payloadType,
        marker,
        sequenceNumber,
        timestamp,
        ssrc,
        size,
        padded,
        index,
        payload,
      };
    } catch {
      return null;
    }
  }

  #remember(ssrc: number, known: Source | undefined, index: number): void {
    const source = known ?? { highest: index, seen: new Float64Array(replayWindow).fill(-1) };
    if (known === undefined) this.#sources.set(ssrc, source);
    source.highest = Math.max(source.highest, index);
    source.seen[index % replayWindow] = index;
  }
}

function isRepeated({ highest, seen }: Source, index: number): boolean {
  return index <= highest - replayWindow || seen[index % replayWindow] === index;
}

/** AEAD_AES_128_GCM (RFC 7714). */
function gcmDecrypter(rawKey: Buffer, salt: Buffer): Decrypt {
  // A raw key would be imported again with every packet.
  const key: KeyObject = createSecretKey(rawKey);
  const nonces = new GcmNonce(salt);
  return (packet, { size, ssrc, sequenceNumber }, rollOvers) => {
    const end = packet.length - tagLength;
    if (end < size) return null;
    const nonce = nonces.of(ssrc, rollOvers, sequenceNumber);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAAD(packet.subarray(0, size));
    decipher.setAuthTag(packet.subarray(end));
    const plain = decipher.update(packet.subarray(size, end));
    decipher.final();
    return plain;
  };
}

/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711). */
function cmDecrypter(key: Buffer, salt: Buffer, authKey: Buffer): Decrypt {
  const streams = new CmKeyStream(key, salt);
  const tags = new CmTag(authKey);
  return (packet, { size, ssrc, sequenceNumber }, rollOvers) => {
    const end = packet.length - cmTagLength;
    if (end < size) return null;
    const tag = tags.of(packet.subarray(0, end), rollOvers);
    if (!timingSafeEqual(tag, packet.subarray(end))) return null;
    const blocks = streams.addCounters(0, end - size, ssrc, rollOvers * 0x1_0000 + sequenceNumber);
    const stream = streams.words(blocks);
    // In whole words, wherever the packet lies in memory.
    const plain = Buffer.allocUnsafeSlow(blocks * 16);
    plain.set(packet.subarray(size, end), 0);
    const words = new Uint32Array(plain.buffer, plain.byteOffset, blocks * 4);
    for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) ^ (stream[i] as number);
    return plain.subarray(0, end - size);
  };
}
