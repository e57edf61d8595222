import type { PacketizedVideoChunk } from '../media/encoded-video-chunk.js';

/** Where a handshake takes longer than so many pictures, its viewer begins with a fresh one. */
const maxHeld = 8;

/** Pictures kept for a viewer that will be connected in a moment: a key frame and what follows it, of one rendition. */
export class HeldPictures {
  #rendition: string | null = null;
  #pictures: PacketizedVideoChunk[] = [];

  /** Keeps a picture if something can be made of it; a newer key frame takes the place of all. */
  add(rendition: string, picture: PacketizedVideoChunk): void {
    if (picture.chunk.type === 'key') {
      this.#rendition = rendition;
      this.#pictures = [picture];
    } else if (rendition === this.#rendition) {
      if (this.#pictures.length < maxHeld) this.#pictures.push(picture);
      else this.take();
    }
  }

  /** Gives out what was kept, of whichever rendition, and keeps it no more. */
  take(): { readonly rendition: string; readonly pictures: readonly PacketizedVideoChunk[] } {
    const held = { rendition: this.#rendition ?? '', pictures: this.#pictures };
    this.#rendition = null;
    this.#pictures = [];
    return held;
  }
}
