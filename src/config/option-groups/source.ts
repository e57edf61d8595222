import type { OptionTable } from '../option-definition.js';
import * as schema from '../schemas.js';
import * as typed from '../typed-values.js';

/** What a stream may be called. */
export const streamNamePattern: RegExp = /^[A-Za-z][\w-]*$/;

/** Where pictures and sound come from. */
export const sourceOptions: Pick<
  OptionTable,
  | 'source'
  | 'customStream'
  | 'name'
  | 'streamMode'
  | 'inputFormat'
  | 'inputOptions'
  | 'resolution'
  | 'framerate'
  | 'startDelayMs'
  | 'loop'
  | 'audio'
  | 'audioSource'
  | 'infiniteFrames'
> = {
  source: {
    group: 'Source',
    flags: '-s, --source <spec>',
    type: 'string | number | CustomSource | AsyncIterable | Iterable',
    schema: schema.sourceInput(),
    repeat: 'list',
    default: 'testsrc',
    help: 'What to serve: file, address, camera, screen, testsrc; door=camera:1 calls the stream door.',
    webgear: 'source',
  },
  customStream: {
    group: 'Source',
    flags: null,
    type: 'CustomSource',
    schema: schema.customSource(),
    help: 'An object of yours with read() and stop(), in place of source.',
    webgear: 'custom_stream',
  },
  name: {
    group: 'Source',
    flags: '--name <name>',
    type: 'string',
    schema: schema
      .text('a letter, then letters, digits, _ and -')
      .regex(streamNamePattern, 'a letter, then letters, digits, _ and -'),
    default: 'live',
    help: 'Name of the stream, shown on the page.',
  },
  streamMode: {
    group: 'Source',
    flags: '--stream-mode',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'The source is the address of a web page: yt-dlp finds the video in it.',
    webgear: 'stream_mode',
  },
  inputFormat: {
    group: 'Source',
    flags: '--input-format <format>',
    type: 'string',
    schema: schema.text(),
    defaultText: 'recognized',
    help: "FFmpeg's name of the input format, for an input it does not recognize.",
    webgear: 'source_demuxer',
  },
  inputOptions: {
    group: 'Source',
    flags: '--input-option <name=value>',
    type: 'Record<string, string | number>',
    schema: schema.inputOptions(),
    typed: typed.typedPair,
    typedExpected: 'name=value',
    repeat: 'record',
    default: {},
    defaultText: 'none',
    help: 'An FFmpeg option for the input, such as rtsp_transport=udp.',
    webgear: 'FFmpeg parameters',
  },
  resolution: {
    group: 'Source',
    flags: '--resolution <size>',
    type: '[width: number, height: number]',
    schema: schema.pair(
      schema.whole(16, 8192, 'a whole number of pixels from 16 to 8192'),
      '[width, height] in pixels',
    ),
    typed: typed.typedSize,
    typedExpected: 'a size such as 1280x720',
    defaultText: "the source's",
    unit: 'pixels',
    help: 'Picture size to ask of a camera or screen, and to send.',
    webgear: 'resolution',
  },
  framerate: {
    group: 'Source',
    flags: '--framerate <rate>',
    type: 'number',
    schema: schema.number(0.01, 480, 'a number of pictures per second from 0.01 to 480'),
    typed: typed.typedNumber,
    defaultText: "the source's",
    unit: 'pictures/s',
    help: 'Rate to ask of a camera, to show picture files at, and the most to send.',
    webgear: 'framerate',
  },
  startDelayMs: {
    group: 'Source',
    flags: '--time-delay <seconds>',
    type: 'number',
    schema: schema.number(0, 3_600_000, 'milliseconds from 0 to 3600000'),
    typed: typed.typedSeconds,
    typedExpected: 'seconds from 0 to 3600 such as 2 or 0.5',
    default: 0,
    unit: 'ms (seconds on the command line)',
    help: 'Wait before opening the source, for a camera that needs time to warm up.',
    webgear: 'time_delay',
  },
  loop: {
    group: 'Source',
    flags: '--loop',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'Play a file again from its start when it ends.',
  },
  audio: {
    group: 'Source',
    flags: '--no-audio',
    type: 'boolean',
    schema: schema.flag(),
    default: true,
    help: 'Send sound, where the source has any; --no-audio sends pictures alone.',
  },
  audioSource: {
    group: 'Source',
    flags: '--audio-source <spec>',
    type: 'string | AudioSource | AsyncIterable | Iterable',
    schema: schema.audioInput(),
    defaultText: "the source's sound",
    help: 'Where the sound comes from in place of the source: microphone, system (what this machine plays), a file or an address.',
  },
  infiniteFrames: {
    group: 'Source',
    flags: '--infinite-frames',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'When the source ends, show "No Input" and keep viewers until it returns.',
    webgear: 'enable_infinite_frames',
  },
};
