import type { PayloadDescriptor } from './described-packetizer.js';
import { writePictureId } from './picture-id.js';

const extended = 0x80;
const startOfPartition = 0x10;
const hasPictureId = 0x80;

/**
 * What stands before each payload of VP8: one byte, one byte of extensions, two of picture id.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7741#section-4.2}
 */
export const vp8Descriptor: PayloadDescriptor = {
  size: 4,

  write(payload, { id, first }) {
    payload[0] = extended | (first ? startOfPartition : 0);
    payload[1] = hasPictureId;
    writePictureId(payload, id, 2);
  },
};
