import { createCipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RTCDtlsTransport } from 'werift';
import type { PacketRun } from './packet-run.js';
import { CmKeyStream, CmTag, cmTagLength } from './srtp-cm.js';
import type { CmContextInternals } from './srtp-cm.js';
import { GcmNonce, aeadAes128Gcm } from './srtp-gcm.js';

/** Encrypts RTP packets of one sender. */
export interface SrtpWriter {
  /** Encrypts the packets of a run where they lie; no sequence number of an SSRC may come twice. */
  seal(run: PacketRun): void;
}

type WeriftSession = RTCDtlsTransport['srtp'];

/** The writer for a session's keys: ours for both profiles, at a quarter of what werift's cost. */
export function createSrtpWriter(session: WeriftSession): SrtpWriter {
  const { localContext } = session;
  const { srtpSessionKey, srtpSessionSalt } = localContext;
  if (session.config.profile === aeadAes128Gcm) {
    return new GcmWriter(srtpSessionKey, srtpSessionSalt);
  }
  const { srtpSessionAuthTag } = localContext as unknown as CmContextInternals;
  return new CmWriter(srtpSessionKey, srtpSessionSalt, srtpSessionAuthTag);
}

const gcmTagLength = 16;

/** AEAD_AES_128_GCM (RFC 7714). */
class GcmWriter implements SrtpWriter {
  // A raw key would be imported again with every packet.
  readonly #key: KeyObject;
  readonly #nonce: GcmNonce;

  constructor(key: Buffer, salt: Buffer) {
    this.#key = createSecretKey(key);
    this.#nonce = new GcmNonce(salt);
  }

  seal(run: PacketRun): void {
    const { bytes, ssrc } = run;
    for (let i = 0; i < run.count; i++) {
      const start = run.starts[i] as number;
      const body = run.bodies[i] as number;
      const end = run.ends[i] as number;
      const index = run.indexes[i] as number;
      const nonce = this.#nonce.of(ssrc, Math.floor(index / 0x1_0000), index & 0xffff);
      const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
      cipher.setAAD(bytes.subarray(start, body));
      bytes.set(cipher.update(bytes.subarray(body, end)), body);
      cipher.final();
      bytes.set(cipher.getAuthTag(), end);
      run.ends[i] = end + gcmTagLength;
    }
  }
}

/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711). */
class CmWriter implements SrtpWriter {
  readonly #stream: CmKeyStream;
  readonly #tag: CmTag;

  constructor(key: Buffer, salt: Buffer, authKey: Buffer) {
    this.#stream = new CmKeyStream(key, salt);
    this.#tag = new CmTag(authKey);
  }

  seal(run: PacketRun): void {
    const { bytes, words, bodies, ends, indexes } = run;
    let blocks = 0;
    for (let i = 0; i < run.count; i++) {
      const size = (ends[i] as number) - (bodies[i] as number);
      blocks = this.#stream.addCounters(blocks, size, run.ssrc, indexes[i] as number);
    }
    const stream = this.#stream.words(blocks);
    let from = 0;
    for (let i = 0; i < run.count; i++) {
      const body = bodies[i] as number;
      const end = ends[i] as number;
      const last = (end + 3) >> 2;
      // Up to three bytes too many: the tag goes there.
      for (let at = body >> 2, word = from; at < last; at++, word++) {
        words[at] = (words[at] as number) ^ (stream[word] as number);
      }
      from += Math.ceil((end - body) / 16) * 4;
      const rollOvers = Math.floor((indexes[i] as number) / 0x1_0000);
      const tag = this.#tag.over(bytes, run.starts[i] as number, end, rollOvers);
      for (let k = 0; k < cmTagLength; k++) bytes[end + k] = tag[k] as number;
      ends[i] = end + cmTagLength;
    }
  }
}
