import type { PayloadDescriptor } from './described-packetizer.js';
import { writePictureId } from './picture-id.js';

const hasPictureId = 0x80;
const interPredicted = 0x40;
const startOfFrame = 0x08;
const endOfFrame = 0x04;

/**
 * What stands before each payload of VP9: one byte and two of picture id. One layer in space and time, so without
 * layer indices and scalability structure; a receiver takes the picture size from the bitstream.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9628#section-4.2}
 */
export const vp9Descriptor: PayloadDescriptor = {
  size: 3,

  write(payload, { id, type, first, last }) {
    payload[0] =
      hasPictureId |
      (type === 'delta' ? interPredicted : 0) |
      (first ? startOfFrame : 0) |
      (last ? endOfFrame : 0);
    writePictureId(payload, id, 1);
  },
};
