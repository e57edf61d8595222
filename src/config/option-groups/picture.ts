import type { OptionTable } from '../option-definition.js';
import * as schema from '../schemas.js';
import * as typed from '../typed-values.js';

/** What is done to pictures. */
export const pictureOptions: Pick<
  OptionTable,
  | 'transforms'
  | 'videoFilter'
  | 'colorspace'
  | 'stabilize'
  | 'frameSizeReduction'
  | 'transformErrors'
> = {
  transforms: {
    group: 'Picture',
    flags: '-t, --transform <module>',
    type: '(FrameTransform | AudioTransform | class | function | string)[]',
    schema: schema.list(schema.transformInput(), 'a list of transforms'),
    repeat: 'list',
    default: [],
    defaultText: 'none',
    help: 'A TypeScript or JavaScript module that edits pictures or sound; reloaded when you save it.',
    webgear: 'code in read()',
  },
  videoFilter: {
    group: 'Picture',
    flags: '--vf <graph>',
    type: 'string',
    schema: schema.text(),
    defaultText: 'none',
    help: 'An FFmpeg filter graph, run before the transforms, such as hflip or eq=contrast=1.2.',
  },
  colorspace: {
    group: 'Picture',
    flags: '--colorspace <name>',
    type: 'string',
    schema: schema.text(),
    defaultText: 'as they are',
    help: 'Show pictures in gray, or as rgb, hsv, hls, lab, yuv or ycrcb; OpenCV names work too.',
    webgear: 'colorspace',
  },
  stabilize: {
    group: 'Picture',
    flags: '--stabilize',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'Steady a shaking picture.',
    webgear: 'stabilize',
  },
  frameSizeReduction: {
    group: 'Picture',
    flags: '--frame-size-reduction <percent>',
    type: 'number',
    schema: schema.number(0, 90, 'a number from 0 to 90'),
    typed: typed.typedNumber,
    default: 0,
    unit: '%',
    help: 'Take this much off width and height, to save work and bandwidth.',
    webgear: 'frame_size_reduction',
  },
  transformErrors: {
    group: 'Picture',
    flags: '--on-transform-error <action>',
    type: "'pass' | 'drop'",
    schema: schema.oneOf(['pass', 'drop']),
    default: 'pass',
    help: 'When a transform throws: pass the picture on untouched, or drop it.',
  },
};
