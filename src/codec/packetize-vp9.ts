import type { EncodedVideoChunk, PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import { PictureId, writePictureId } from './picture-id.js';
import { splitEvenly } from './split-evenly.js';
import type { AllocatePayloads } from './payload-memory.js';

/** Descriptor: one byte and two of picture id. */
const headerSize = 3;
const hasPictureId = 0x80;
const interPredicted = 0x40;
const startOfFrame = 0x08;
const endOfFrame = 0x04;

/**
 * VP9 in RTP, one layer in space and time, so without layer indices and scalability structure. A receiver takes
 * the picture size from the bitstream.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9628#section-4.2}
 */
export class Vp9Packetizer {
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
    const common = hasPictureId | (chunk.type === 'delta' ? interPredicted : 0);
    const { data } = chunk;
    const payloads = splitEvenly(
      data,
      { maxSize: this.#maxPayloadSize, headerSize, allocate: this.#allocate },
      (piece, first, last) => {
        piece[0] = common | (first ? startOfFrame : 0) | (last ? endOfFrame : 0);
        writePictureId(piece, id, 1);
      },
    );
    return { chunk, payloads };
  }
}
