import { createCipheriv, createSecretKey } from 'node:crypto';
import type { Cipher } from 'node:crypto';
import { HmacSha1 } from './hmac-sha1.js';

/** SRTP profile SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764, 4.1.2). */
export const aesCmHmacSha1: number = 1;
/** Bytes of an authentication tag. */
export const cmTagLength = 10;

/** What werift's context keeps to itself. */
export interface CmContextInternals {
  readonly srtpSessionAuthTag: Buffer;
}

/** Length of a block of AES, in bytes. */
const block = 16;

/**
 * Key stream of AES in counter mode (RFC 3711, 4.1.1), made of all counters at once by one cipher that lives as long as
 * its key: a cipher for each packet would cost several times as much.
 */
export class CmKeyStream {
  readonly #cipher: Cipher;
  readonly #salt: Buffer;

  /** @param salt - 14 bytes. */
  constructor(key: Buffer, salt: Buffer) {
    this.#cipher = createCipheriv('aes-128-ecb', createSecretKey(key), null).setAutoPadding(false);
    this.#salt = Buffer.from(salt.subarray(0, 14));
  }

  /**
   * Writes the counters of one packet.
   *
   * @param from - The first block to write.
   * @param index - Sequence number with its roll-overs.
   * @returns The block behind the last one.
   */
  addCounters(from: number, size: number, ssrc: number, index: number): number {
    const blocks = Math.ceil(size / block);
    growCounters(from + blocks);
    const first = firstCounter;
    first.set(this.#salt, 0);
    const rollOvers = Math.floor(index / 0x1_0000);
    xorWord(first, 4, ssrc);
    xorWord(first, 8, rollOvers);
    first[12] = (first[12] as number) ^ ((index >> 8) & 0xff);
    first[13] = (first[13] as number) ^ (index & 0xff);
    const [a, b, c, d] = firstWords as unknown as [number, number, number, number];
    const words = counterWords;
    for (let i = 0, word = from * 4; i < blocks; i++, word += 4) {
      words[word] = a;
      words[word + 1] = b;
      words[word + 2] = c;
      words[word + 3] = d | (blockNumbers[i] as number);
    }
    return from + blocks;
  }

  /** The key stream of the first `blocks` counters, in words. */
  words(blocks: number): Uint32Array {
    const stream = this.#cipher.update(counters.subarray(0, blocks * block));
    return new Uint32Array(stream.buffer, stream.byteOffset, blocks * 4);
  }
}

/** Authenticates packets (RFC 3711, 4.2). */
export class CmTag {
  readonly #hmac: HmacSha1;

  /** @param key - 20 bytes. */
  constructor(key: Buffer) {
    this.#hmac = new HmacSha1(key);
  }

  /**
   * The digest of the packet that lies at `start` to `end` of `memory` and its roll-over count; 64 bytes before it and 4
   * behind it are written over. The tag is its first 10 bytes.
   */
  over(memory: Buffer, start: number, end: number, rollOvers: number): Buffer {
    memory[end] = rollOvers >>> 24;
    memory[end + 1] = rollOvers >>> 16;
    memory[end + 2] = rollOvers >>> 8;
    memory[end + 3] = rollOvers;
    return this.#hmac.over(memory, start, end + 4);
  }

  /** The tag of a packet that lies elsewhere. */
  of(packet: Buffer, rollOvers: number): Buffer {
    const start = HmacSha1.roomBefore;
    const needed = start + packet.length + 4;
    if (scratch.length < needed) scratch = Buffer.allocUnsafeSlow(needed);
    scratch.set(packet, start);
    return this.over(scratch, start, start + packet.length, rollOvers).subarray(0, cmTagLength);
  }
}

/** Of this thread: filled and used without a pause in between. */
const firstCounter = Buffer.from(new ArrayBuffer(block));
const firstWords = new Uint32Array(firstCounter.buffer);
/** The last word of a counter, of which two bytes say the block within the packet, whichever way this machine writes words. */
const blockNumbers = createBlockNumbers();
let scratch: Buffer = Buffer.allocUnsafeSlow(2048);
let counters = Buffer.alloc(0);
let counterWords = new Uint32Array(0);

function growCounters(blocks: number): void {
  if (counters.length >= blocks * block) return;
  const grown = new ArrayBuffer(Math.max(blocks, 2048) * block);
  const bytes = Buffer.from(grown);
  bytes.set(counters, 0);
  counters = bytes;
  counterWords = new Uint32Array(grown);
}

function createBlockNumbers(): Uint32Array {
  const bytes = Buffer.from(new ArrayBuffer((0x1_0000 / block) * 4));
  for (let i = 0; i < bytes.length / 4; i++) bytes.writeUInt16BE(i, i * 4 + 2);
  return new Uint32Array(bytes.buffer);
}

function xorWord(bytes: Buffer, at: number, word: number): void {
  bytes[at] = (bytes[at] as number) ^ (word >>> 24);
  bytes[at + 1] = (bytes[at + 1] as number) ^ (word >>> 16);
  bytes[at + 2] = (bytes[at + 2] as number) ^ (word >>> 8);
  bytes[at + 3] = (bytes[at + 3] as number) ^ word;
}
