import type { EncodedVideoChunk, PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import type { PayloadRoom } from './payload-memory.js';
import { PictureId } from './picture-id.js';
import { splitEvenly } from './split-evenly.js';

/** A payload, as its descriptor tells of it. */
export interface DescribedPayload {
  /** Number of its picture, 15 bits. */
  id: number;
  type: EncodedVideoChunk['type'];
  /** It is the first of its picture. */
  first: boolean;
  /** It is the last of its picture. */
  last: boolean;
}

/** What a codec puts before each payload. */
export interface PayloadDescriptor {
  /** Bytes. */
  size: number;
  /** Writes it at the beginning of the payload. */
  write(payload: Buffer, described: DescribedPayload): void;
}

/** VP8 and VP9 in RTP: pictures are numbered and cut anywhere, each piece behind a descriptor. */
export class DescribedPacketizer {
  readonly #room: PayloadRoom;
  readonly #descriptor: PayloadDescriptor;
  readonly #pictureId: PictureId = new PictureId();

  constructor(room: PayloadRoom, descriptor: PayloadDescriptor) {
    this.#room = room;
    this.#descriptor = descriptor;
  }

  /** Payloads of one picture; see `Packetizer`. */
  packetize(chunk: EncodedVideoChunk): PacketizedVideoChunk {
    const { data, type } = chunk;
    const { size } = this.#descriptor;
    const id = this.#pictureId.next();
    const payloads = splitEvenly(data, this.#room, size, (payload, first, last) => {
      this.#descriptor.write(payload, { id, type, first, last });
    });
    return { chunk, payloads };
  }
}
