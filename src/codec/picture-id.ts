/** The 15-bit number of a VP8 or VP9 picture in RTP; starts anywhere, as RFC 7741 recommends, and wraps. */
export class PictureId {
  #next: number = Math.floor(Math.random() * 0x8000);

  /** The number of the next picture. */
  next(): number {
    const id = this.#next;
    this.#next = (id + 1) & 0x7fff;
    return id;
  }
}

/** Writes a number in its two bytes, marked as the long form. */
export function writePictureId(buffer: Buffer, id: number, offset: number): void {
  buffer.writeUInt16BE(0x8000 | id, offset);
}
