import { encodingOptions } from './option-groups/encoding.js';
import { networkOptions } from './option-groups/network.js';
import { pageOptions } from './option-groups/page.js';
import { pictureOptions } from './option-groups/picture.js';
import { sourceOptions } from './option-groups/source.js';
import type { OptionTable } from './option-definition.js';

/** Every option of a server, in the order of help and reference: each is defined in its group, and nowhere else. */
export const optionTable: OptionTable = {
  ...sourceOptions,
  ...pictureOptions,
  ...encodingOptions,
  ...networkOptions,
  ...pageOptions,
};
