import { hash } from 'node:crypto';

/** Length of a block of SHA-1, in bytes. */
const block = 64;

/** HMAC-SHA1 with one key (RFC 2104). Two hashes at one go each cost less than what Node's Hmac object does. */
export class HmacSha1 {
  /** Bytes in front of a message that {@link over} writes to. */
  static readonly roomBefore: number = block;
  readonly #inner: Buffer = Buffer.alloc(block, 0x36);
  readonly #outer: Buffer = Buffer.alloc(block, 0x5c);

  constructor(key: Uint8Array) {
    const short = key.length > block ? hash('sha1', key, 'buffer') : key;
    for (const [i, byte] of short.entries()) {
      this.#inner[i] = (this.#inner[i] as number) ^ byte;
      this.#outer[i] = (this.#outer[i] as number) ^ byte;
    }
  }

  /** The digest of what lies at `start` to `end` of `memory`; the 64 bytes before it are written over. */
  over(memory: Buffer, start: number, end: number): Buffer {
    memory.set(this.#inner, start - block);
    outer.set(hash('sha1', memory.subarray(start - block, end), 'buffer'), block);
    outer.set(this.#outer, 0);
    return hash('sha1', outer, 'buffer');
  }

  /** The digest of a message that lies elsewhere. */
  of(message: Uint8Array): Buffer {
    const needed = block + message.length;
    if (scratch.length < needed) scratch = Buffer.allocUnsafeSlow(needed);
    scratch.set(message, block);
    return this.over(scratch, block, needed);
  }
}

/** Of this thread: filled and used without a pause in between. */
const outer = Buffer.from(new ArrayBuffer(block + 20));
let scratch: Buffer = Buffer.allocUnsafeSlow(2048);
