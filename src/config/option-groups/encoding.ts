import { hardwareAccelerations } from '../../codec/encoder-config.js';
import { videoCodecNames } from '../../media/encoded-video-chunk.js';
import type { OptionTable } from '../option-definition.js';
import * as schema from '../schemas.js';
import * as typed from '../typed-values.js';

/** How they are compressed. */
export const encodingOptions: Pick<
  OptionTable,
  'codecs' | 'bitrate' | 'renditions' | 'passThrough' | 'hardwareAcceleration'
> = {
  codecs: {
    group: 'Encoding',
    flags: '--codecs <list>',
    type: "('h264' | 'vp8' | 'vp9' | 'av1')[]",
    schema: schema
      .list(schema.oneOf(videoCodecNames), `a list of ${videoCodecNames.join(', ')}`, 1)
      .refine((codecs) => new Set(codecs).size === codecs.length, 'each codec once'),
    typed: typed.typedList,
    default: ['vp8', 'h264', 'vp9'],
    defaultText: 'vp8,h264,vp9',
    help: 'Codecs to offer, the favourite first; each viewer gets the first it can take.',
  },
  bitrate: {
    group: 'Encoding',
    flags: '--bitrate <rate>',
    type: 'number',
    schema: schema.whole(
      10_000,
      200_000_000,
      'bits per second from 10000 (10k) to 200000000 (200M)',
    ),
    typed: typed.typedBitrate,
    default: 2_500_000,
    defaultText: '2.5M',
    unit: 'bits/s',
    help: 'The most that a viewer is sent, such as 1500k or 1.5M; smaller pictures take less.',
  },
  renditions: {
    group: 'Encoding',
    flags: '--renditions <list>',
    type: "number | ('full' | 'half' | 'quarter')[]",
    schema: schema.renditions(),
    typed: typed.typedRenditions,
    default: ['full', 'half', 'quarter'],
    defaultText: 'full,half,quarter',
    help: 'Picture sizes that viewers move between as their links bear; full alone sends everybody the same. A number takes so many from the largest.',
  },
  passThrough: {
    group: 'Encoding',
    flags: '--no-pass-through',
    type: 'boolean',
    schema: schema.flag(),
    default: true,
    help: "The source's own H.264, VP8, VP9 or AV1 goes out as it is where viewers can take it and nothing edits it; --no-pass-through encodes everything.",
  },
  hardwareAcceleration: {
    group: 'Encoding',
    flags: '--hardware-acceleration <wish>',
    type: "'no-preference' | 'prefer-hardware' | 'prefer-software'",
    schema: schema.oneOf(hardwareAccelerations),
    default: 'no-preference',
    help: 'Encoder and decoder to try first: prefer-hardware, prefer-software or no-preference; software is the fallback.',
  },
};
