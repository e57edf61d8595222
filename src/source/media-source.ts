import type { HardwareAcceleration } from '../codec/encoder-config.js';
import type { Logger } from '../logger.js';
import type { AudioData } from '../media/audio-data.js';
import type { FrameSource } from '../media/contracts.js';
import type { EncodedPictures, EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';

/** What is known of a source once it has started. */
export interface SourceInfo {
  /** Pixels in a row of the first picture; a stream may change its size on the way. */
  codedWidth: number;
  /** Rows of the first picture. */
  codedHeight: number;
  /** Pictures per second as the source states it; `null` when it does not. */
  framerate: number | null;
  /** True for what happens now and has no end of its own: cameras, screens, live URLs. */
  live: boolean;
  /**
   * Who keeps time: `timestamp`, the reader waits until a picture is due (files); `arrival`, pictures
   * come when they are due (cameras, live URLs); `auto`, as they come, but not faster than they say
   * (user's objects, URLs of unknown length).
   */
  pacing: 'timestamp' | 'arrival' | 'auto';
  /**
   * The compressed pictures, where {@link MediaSource.next} can hand them over as they came in; `null` or
   * absent when it cannot.
   */
  encoded?: EncodedInfo | null;
  /** Why `encoded` is `null`, as the end of a sentence: `its pictures are not in the order of their times (B-frames)`. */
  whyNotEncoded?: string;
  /** The sound that {@link MediaSource.next} hands over; `null` or absent without any. */
  audio?: SoundInfo | null;
}

/** Compressed pictures as a source has them. */
export interface EncodedInfo extends EncodedPictures {
  /** Pixels in a row. */
  codedWidth: number;
  /** Rows. */
  codedHeight: number;
  /** Pictures per second as the source states it; `null` when it does not. */
  framerate: number | null;
  /** Bits per second as the container states them; `null` when it does not. */
  bitrate: number | null;
}

/** Sound as a source hands it over. */
export interface SoundInfo {
  /** Samples a second of one channel. */
  sampleRate: number;
  /** 1 or 2: more are mixed down. */
  numberOfChannels: number;
}

/** What of a source is asked for; what is not is not even decoded. */
export interface SourceWants {
  /** Decoded pictures. */
  frames: boolean;
  /** Compressed pictures. */
  chunks: boolean;
  /** Sound. */
  audio: boolean;
}

/** One thing out of a source. All times are on one clock, in µs, which begins at 0 with the first picture. */
export type SourceItem =
  /** A decoded picture; whoever takes it closes it. */
  | { kind: 'frame'; frame: VideoFrame }
  /**
   * A compressed picture, untouched. Where frames are wanted too, its own comes right after it, or later, or never when
   * it is damaged.
   */
  | { kind: 'chunk'; chunk: EncodedVideoChunk }
  /** A piece of sound; its time is that of its first sample, and may be below 0. */
  | { kind: 'audio'; audio: AudioData };

/**
 * A source that FrameGear made. `read()` is called by one reader, one call at a time; after `stop()`
 * it gives `null`.
 */
export interface MediaSource extends FrameSource {
  /** Set once `start()` has resolved, by when the first picture was seen. */
  readonly info: SourceInfo | null;
  /**
   * What {@link next} shall give from now on; may be set at any time. Frames that are wanted late begin with the next picture: those since the last key
   * frame are decoded again without being shown. `read()` gives frames whatever is wanted.
   */
  wants?: SourceWants;
  /**
   * The next thing that is wanted, in the order of the input; `null` at the end, and after `stop()`. A source without it has `read()` alone.
   * One call at a time, and never beside `read()`.
   */
  next?(): Promise<SourceItem | null>;
}

/** Makes the source anew each time it is opened. */
export interface SourceFactory {
  /** For logs and the page: without credentials. */
  readonly label: string;
  /** False for a user's object or iterable: it is paused while unwatched, never reopened. */
  readonly reopenable: boolean;
  /**
   * True when it waits for a sender to connect, or has one that serves a single connection: opening it
   * to look would use the sender up.
   */
  readonly waits?: boolean;
  /** True when it may bring compressed pictures that viewers can take: worth opening it before a viewer is answered. */
  readonly compressed?: boolean;
  /** A source that is not started yet. */
  create(): MediaSource;
  /** For files: whether there is now another file (or list of files) than when it was last opened. */
  changed?(): Promise<boolean>;
}

/** How to open a source. */
export interface SourceOptions {
  /** FFmpeg's name of the input format. Default: recognized. */
  inputFormat?: string | undefined;
  /** FFmpeg's options of demuxer and protocol; they win over FrameGear's own. */
  inputOptions?: Record<string, string | number> | undefined;
  /** Pictures per second: asked of cameras and screens; the rate of picture files. */
  framerate?: number | undefined;
  /** Width and height in pixels, asked of cameras and screens. */
  resolution?: readonly [width: number, height: number] | undefined;
  /** Starts over at the end, with times that go on. Default `false`. */
  loop?: boolean | undefined;
  /** The spec is a web page's address: `yt-dlp` finds the video in it. Default `false`. */
  streamMode?: boolean | undefined;
  /** Longest wait for a network source or device to open, ms. Default 10,000. */
  openTimeoutMs?: number | undefined;
  /** Longest silence of a network source or device, ms. Default 10,000. */
  readTimeoutMs?: number | undefined;
  /** `prefer-hardware`: pictures are decoded in hardware where that works. Default: in software. */
  hardwareAcceleration?: HardwareAcceleration | undefined;
  /** Where to report what was worked around. */
  logger: Logger;
}
