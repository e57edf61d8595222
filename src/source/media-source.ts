import type { Logger } from '../logger.js';
import type { FrameSource } from '../media/contracts.js';

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
}

/**
 * A source that FrameGear made. `read()` is called by one reader, one call at a time; after `stop()`
 * it gives `null`.
 */
export interface MediaSource extends FrameSource {
  /** Set once `start()` has resolved, by when the first picture was seen. */
  readonly info: SourceInfo | null;
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
  /** Where to report what was worked around. */
  logger: Logger;
}
