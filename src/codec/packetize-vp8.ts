import type { EncodedVideoChunk, PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import { PictureId, writePictureId } from './picture-id.js';
import { splitEvenly } from './split-evenly.js';
import type { AllocatePayloads } from './payload-memory.js';

/** Descriptor: one byte, one byte of extensions, two of picture id. */
const headerSize = 4;
const extended = 0x80;
const startOfPartition = 0x10;
const hasPictureId = 0x80;

/** VP8 in RTP. @see {@link https://www.rfc-editor.org/rfc/rfc7741#section-4.2} */
export class Vp8Packetizer {
  readonly #maxPayloadSize: number;
  readonly #allocate: AllocatePayloads;
  readonly #pictureId: PictureId = new PictureId();

  constructor(maxPayloadSize: number, allocate: AllocatePayloads) {
    this.#maxPayloadSize = maxPayloadSize;
    this.#allocate = allocate;
  }

  /** Payloads of one picture; see `Packetizer`. */
  packetize(chunk: EncodedVideoChunk): PacketizedVideoChunk {
    const id = this.#pictureId.next();
    const payloads = splitEvenly(
      chunk.data,
      { maxSize: this.#maxPayloadSize, headerSize, allocate: this.#allocate },
      (piece, first) => {
        piece[0] = extended | (first ? startOfPartition : 0);
        piece[1] = hasPictureId;
        writePictureId(piece, id, 2);
      },
    );
    return { chunk, payloads };
  }
}
