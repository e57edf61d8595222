/** Reads a bitstream's header, highest bit first. Beyond the end it reads zeros, and `exhausted` says so. */
export class BitReader {
  readonly #data: Buffer;
  #at = 0;

  /** @param data - Without emulation prevention bytes. */
  constructor(data: Buffer) {
    this.#data = data;
  }

  /** True when more was read than there is. */
  get exhausted(): boolean {
    return this.#at > this.#data.byteLength * 8;
  }

  /** One bit. */
  bit(): number {
    const byte = this.#data[this.#at >> 3] ?? 0;
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }

  /** So many bits, at most 31, as a number. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  /** An unsigned Exp-Golomb code (ITU-T H.264, 9.1). */
  ue(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      zeros += 1;
      if (zeros > 31 || this.exhausted) return 0;
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** A signed Exp-Golomb code. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
