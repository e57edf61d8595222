import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type {
  AnswerDescription,
  CloseReason,
  KeyFrameReason,
  PeerConnectionState,
} from '../rtc/peer-session-types.js';
import type { ViewerStats } from '../rtc/viewer-stats.js';
import type { Quality } from './rendition-chooser.js';

/**
 * What one viewer got and how it fares. What only FrameGear's own page tells (`playoutMs`, `framesDroppedByPage`,
 * `freezeCount`) is `null` for all others.
 */
export interface ViewerSessionStats extends ViewerStats {
  /** What it is sent, `codec/level`, e.g. `vp8/half`; `null` before its first picture. */
  rendition: string | null;
  /** From a picture's time stamp until it is sent, ms: transforms and encoder; `null` where it is not known. */
  captureToSendMs: number | null;
  /** From a picture's last packet to the viewer's screen, ms: jitter buffer, decoder, and the wait for the screen. */
  playoutMs: number | null;
  /**
   * From a picture's time stamp to the viewer's screen, ms: {@link captureToSendMs}, half a round trip, and
   * {@link playoutMs}. `null` while one of them is not known, as for pages that do not report.
   */
  latencyMs: number | null;
  /** Pictures that the browser left out. */
  framesDroppedByPage: number | null;
  /** Pauses in the browser that one notices. */
  freezeCount: number | null;
}

/** Events of a {@link ViewerSession}. */
export interface ViewerSessionEvents {
  /** Pictures can flow; once. */
  connected: [];
  /** A picture of this rendition, by its id, should be a key frame soon; `null` while it has none. */
  keyframerequest: [reason: KeyFrameReason, rendition: string | null];
  /** The viewer has opened a data channel: `sendMessage()` reaches it from now on. */
  channelopen: [];
  /** JSON from the viewer's data channel, but for what FrameGear's own page tells of itself. */
  message: [value: unknown];
  /** Pictures of this rendition flow to it from now on. */
  rendition: [rendition: RenditionInfo];
  /**
   * The last event; the session is closed. Beside the reasons of a `PeerSession`:
   * - `server-closed`: the server closes
   * - `gave-way`: nothing was ever heard of it, and somebody else wanted its place
   * - `worker-lost`: the thread that served it has ended; its page connects again
   */
  close: [reason: CloseReason];
}

/**
 * One viewer, as the server and its users see it: the same whichever thread it is served in. Closed by
 * its owner, or by itself when the viewer leaves.
 */
export interface ViewerSession {
  /** Names the session. */
  readonly id: string;
  /** The codec that it gets. */
  readonly codec: VideoCodecName;
  /** True when it wants sound. */
  readonly sendsAudio: boolean;
  /** To be sent to the viewer; complete, with all candidates. */
  readonly answer: AnswerDescription;
  /** Where the connection stands. */
  readonly connectionState: PeerConnectionState;
  /** True once anything of the viewer was heard over the network. */
  readonly heard: boolean;
  /** The rendition that flows to it; `null` before its first picture. */
  readonly rendition: RenditionInfo | null;
  /** Calls `listener` at every `event`. */
  on<K extends keyof ViewerSessionEvents>(
    event: K,
    listener: (...args: ViewerSessionEvents[K]) => void,
  ): this;
  /** Calls `listener` at the next `event` only. */
  once<K extends keyof ViewerSessionEvents>(
    event: K,
    listener: (...args: ViewerSessionEvents[K]) => void,
  ): this;
  /** Takes back an `on` or `once`. */
  off<K extends keyof ViewerSessionEvents>(
    event: K,
    listener: (...args: ViewerSessionEvents[K]) => void,
  ): this;
  /**
   * Keeps the viewer on the best, the middle or the last rendition of its codec, or lets its link decide (`auto`,
   * as at first).
   *
   * @throws {RangeError} for anything else.
   */
  pin(quality: Quality): void;
  /**
   * Sends a JSON value over the viewer's data channels. Without one, before it is open, or when it is full, the
   * message is left out; the latter is counted.
   *
   * @throws {TypeError} when `value` cannot be written as JSON.
   */
  sendMessage(value: unknown): void;
  /** What was sent so far, and how it arrived; a copy, with worker threads up to a second old. */
  stats(): ViewerSessionStats;
  /**
   * Says goodbye and lets go of everything; resolves when sockets and timers are gone. `close` is emitted at once.
   *
   * @param reason - For the event. Default `closed`. A second call changes nothing.
   */
  close(reason?: CloseReason): Promise<void>;
}
