import type { Sharp } from 'sharp';
import type { HardwareAcceleration } from '../codec/encoder-config.js';
import type { Logger } from '../logger.js';
import type { AudioSourceValue } from '../media/contracts.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { VideoPixelFormat } from '../media/pixel-format.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { EncodedLevel } from '../pipeline/ladder.js';
import type { TransformInput } from '../transform/transform-chain.js';

export type { TransformInput };

/** A picture as raw pixels, tightly packed; sharp's `{ data, info }` fits. */
export interface RawPicture {
  /** The pixels; not copied, so leave them alone afterwards. */
  data: Uint8Array | Uint8ClampedArray;
  /** Layout of the bytes; may be left out where `channels` (1, 3, 4) tells GRAY8, RGB or RGBA. */
  format?: VideoPixelFormat;
  /** Bytes per pixel. */
  channels?: number;
  /** Pixels in a row. */
  width?: number;
  /** Rows. */
  height?: number;
  /** Size and channels, as sharp gives them beside the bytes. */
  info?: {
    /** Pixels in a row. */
    width: number;
    /** Rows. */
    height: number;
    /** Bytes per pixel. */
    channels: number;
  };
  /** Presentation time in microseconds. Default: the time it comes at. */
  timestamp?: number;
}

/** A picture as a source of yours may give it. */
export type SourcePicture = VideoFrame | Sharp | RawPicture;

/** A source of yours: `FrameSource`, with any kind of picture. */
export interface CustomSource {
  /** Opens it; called once, before the first `read()`. */
  start?(options: { signal: AbortSignal }): void | Promise<void>;
  /** The next picture, or `null` at the end. */
  read(): SourcePicture | null | Promise<SourcePicture | null>;
  /** Lets go of everything; called once. */
  stop(): void | Promise<void>;
  /** The sound that belongs to the pictures; `audioSource` takes its place. Default: none. */
  readonly audio?: AudioSourceValue;
}

/**
 * Where pictures come from: a spec (`'testsrc'`, `'camera:1'`, `'./film.mp4'`, `'rtsp://...'`), the
 * number of a camera, an object with `read` and `stop`, or an iterable of pictures.
 */
export type SourceInput =
  string | number | CustomSource | AsyncIterable<SourcePicture> | Iterable<SourcePicture>;

/** A STUN or TURN server, after W3C `RTCIceServer`. */
export interface IceServer {
  /** `stun:`, `stuns:`, `turn:` or `turns:` addresses. */
  urls: string | string[];
  /** User on a TURN server. */
  username?: string;
  /** Password on a TURN server. */
  credential?: string;
}

/**
 * What a server can be told; the same in `createServer()`, in a config file and on the command line.
 * Everything may be left out: then it serves a moving test pattern at http://localhost:8000.
 */
export interface ServerOptions {
  /** Where pictures come from. Default `'testsrc'`, a moving test pattern. */
  source?: SourceInput;
  /** A source of your own, under WebGear_RTC's name for it; give this or `source`. */
  customStream?: CustomSource;
  /** Name of the stream, shown on the page: a letter, then letters, digits, `_`, `-`. Default `'live'`. */
  name?: string;
  /** Takes `source` for the address of a web page and asks `yt-dlp` for the video in it. Default `false`. */
  streamMode?: boolean;
  /** FFmpeg's name of the input format, for what it cannot recognize by itself, e.g. `'mjpeg'`. */
  inputFormat?: string;
  /** FFmpeg's options for the input, e.g. `{ rtsp_transport: 'udp' }`. */
  inputOptions?: Record<string, string | number>;
  /** Width and height in pixels: asked of cameras and screens, and what viewers get. Default: the source's. */
  resolution?: [width: number, height: number];
  /** Pictures per second: asked of cameras, given to picture files, the most that viewers get. Default: the source's. */
  framerate?: number;
  /** Milliseconds to wait before the source is opened. Default 0. */
  startDelayMs?: number;
  /** Plays a file again from its start when it ends. Default `false`. */
  loop?: boolean;
  /** Sends sound, where there is any. Default `true`. */
  audio?: boolean;
  /**
   * Where the sound comes from in place of `source`: `'microphone'`, `'system'` (what this machine plays), a file, an
   * address, an object with `read` and `stop`, or an iterable of `AudioData`. Default: the source's own sound.
   */
  audioSource?: string | AudioSourceValue;
  /** Shows "No Input" when the source ends, and keeps viewers until it returns. Default `false`. */
  infiniteFrames?: boolean;

  /** Edits of the pictures, the sound or both, in this order; modules are reloaded when they change. Default none. */
  transforms?: TransformInput[];
  /** An FFmpeg filter graph, run before `transforms`, e.g. `'hflip,eq=brightness=0.1'`. */
  videoFilter?: string;
  /** Colour space to show pictures in: `'gray'`, `'hsv'`, or OpenCV's `'COLOR_BGR2HSV'`, ... Default: as they are. */
  colorspace?: string;
  /** Steadies a shaking picture. Default `false`. */
  stabilize?: boolean;
  /** Per cent to take off width and height alike, 0 to 90. Default 0. */
  frameSizeReduction?: number;
  /** What becomes of a picture whose transform throws: passed on untouched, or dropped. Default `'pass'`. */
  transformErrors?: 'pass' | 'drop';

  /** Codecs to offer, the favourite first; a viewer gets the first it can take. Default `['vp8', 'h264', 'vp9']`. */
  codecs?: VideoCodecName[];
  /** Bits per second of pictures in full size, at most; smaller ones take less. Default 2,500,000. */
  bitrate?: number;
  /**
   * Sizes of the picture that viewers move between, as their links bear, or how many from the largest; each is encoded only
   * while somebody is on it. `['full']` or 1 sends everybody the same. Default `['full', 'half', 'quarter']`.
   */
  renditions?: number | EncodedLevel[];
  /**
   * Compressed pictures of the source that a viewer can take (H.264, VP8, VP9, AV1, without B-frames) go out as they are, neither decoded nor
   * encoded, as long as nothing edits them and `bitrate` and `framerate`, where given, allow them. Default `true`.
   */
  passThrough?: boolean;
  /** Whether hardware encoders and decoders are tried first; without one that works software does it. Default `'no-preference'`. */
  hardwareAcceleration?: HardwareAcceleration;
  /** Many viewers at a time; `false`: one, and a newcomer takes its place. Default `true`. */
  enableLiveBroadcast?: boolean;
  /** The most viewers at a time; more are refused. Default: no limit. */
  maxViewers?: number;
  /**
   * Threads that serve viewers beside the main one, 0 to 64, so that a slow transform never delays packets and more
   * cores carry more viewers; `'auto'`: as many as this machine should have. Default 0: the main thread serves them.
   */
  workers?: number | 'auto';

  /** STUN and TURN servers, for viewers beyond the local network. Default none. */
  iceServers?: IceServer[];
  /** Lowest and highest UDP port for video. Default: any free ones. */
  icePortRange?: [min: number, max: number];
  /** IP addresses to tell viewers beside the machine's own, e.g. the public one of a router. Default none. */
  announcedAddresses?: string[];

  /** Address to listen on; `'0.0.0.0'` lets other machines in. Default `'localhost'`. */
  host?: string;
  /** Port to listen on; 0 takes any free one. Default 8000. */
  port?: number;
  /** Fails when the port is taken, where the command would try the next ones. Default `false`. */
  strictPort?: boolean;
  /** Directory of the page's files, in its folder `webgear_rtc`. Default: `.framegear` in the home directory. */
  customDataLocation?: string;
  /** Puts the default page files back, keeping edited ones as backups. Default `false`. */
  overwriteDefaultFiles?: boolean;
  /** Address to download the page's files from. Default: the ones in the package. */
  dataFilesUrl?: string;
  /** Debug log, and tracebacks on the error page. Default `false`. */
  logging?: boolean;
  /** Logs a line about the stream so often, in ms, while somebody watches; 0 logs none. Default 60,000. */
  statsIntervalMs?: number;
  /** Where the log goes; a pino instance fits. Default: nowhere, and the terminal for the command. */
  logger?: Logger;
}

type Defaulted =
  | 'source'
  | 'name'
  | 'streamMode'
  | 'startDelayMs'
  | 'loop'
  | 'audio'
  | 'infiniteFrames'
  | 'transforms'
  | 'stabilize'
  | 'frameSizeReduction'
  | 'transformErrors'
  | 'codecs'
  | 'bitrate'
  | 'passThrough'
  | 'hardwareAcceleration'
  | 'enableLiveBroadcast'
  | 'maxViewers'
  | 'workers'
  | 'announcedAddresses'
  | 'host'
  | 'port'
  | 'strictPort'
  | 'overwriteDefaultFiles'
  | 'logging'
  | 'statsIntervalMs'
  | 'logger';

/**
 * {@link ServerOptions} after checking: defaults filled in, `customStream` moved to `source`,
 * `inputOptions` as text, `renditions` as a list, one entry per address in `iceServers`, `maxViewers` `Infinity` when there is
 * no limit.
 */
export type ResolvedOptions = Omit<
  ServerOptions,
  Defaulted | 'customStream' | 'inputOptions' | 'iceServers' | 'renditions'
> &
  Required<Pick<ServerOptions, Defaulted>> & {
    /** FFmpeg's options for the input. */
    inputOptions: Record<string, string>;
    /** Sizes to offer, best first. */
    renditions: EncodedLevel[];
    /** STUN and TURN servers, each with one address. */
    iceServers: (IceServer & { urls: string })[];
  };
