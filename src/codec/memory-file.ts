import { IOContext } from 'node-av/lib';
import { AVSEEK_CUR, AVSEEK_END, AVSEEK_SET, AVSEEK_SIZE } from 'node-av/constants';

const blockSize = 65_536;

/** What FFmpeg takes for a failed seek. */
const failed = -1;

/** A file in memory, which FFmpeg reads or writes. */
export class MemoryFile {
  #bytes: Buffer;
  #size: number;
  #position = 0;

  /** @param bytes - What lies in it; not copied, and not written to if only read. */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#size = bytes.byteLength;
  }

  /** What was written; not a copy. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  /** FFmpeg's way to it; the caller frees it, with `freeContext()`. */
  open(mode: 'read' | 'write'): IOContext {
    const io = new IOContext();
    const seek = (offset: bigint, whence: number): number => this.#seek(Number(offset), whence);
    if (mode === 'read') {
      io.allocContextWithCallbacks(blockSize, 0, (size) => this.#read(size), null, seek);
    } else {
      io.allocContextWithCallbacks(blockSize, 1, null, (block) => this.#write(block), seek);
    }
    return io;
  }

  #read(size: number): Buffer | null {
    if (this.#position >= this.#size) return null;
    const block = this.#bytes.subarray(this.#position, Math.min(this.#position + size, this.#size));
    this.#position += block.length;
    return block;
  }

  #write(block: Buffer): number {
    const end = this.#position + block.length;
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.#bytes.length * 2, blockSize));
      this.#bytes.copy(grown, 0, 0, this.#size);
      this.#bytes = grown;
    }
    block.copy(this.#bytes, this.#position);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
    return block.length;
  }

  #seek(offset: number, whence: number): number {
    if ((whence & AVSEEK_SIZE) !== 0) return this.#size;
    const bases: Record<number, number> = {
      [AVSEEK_SET]: 0,
      [AVSEEK_CUR]: this.#position,
      [AVSEEK_END]: this.#size,
    };
    const position = (bases[whence & 3] ?? NaN) + offset;
    if (!(position >= 0)) return failed;
    this.#position = position;
    return position;
  }
}
