import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { TransportName } from '../handlers/handler-connection.js';

/**
 * Why a connection ended, for logs, lists and the client. From the core:
 * - `stream-ended`: its handler ended it, with `CloseStream` or the end of a generator
 * - `time-limit`: it lasted as long as it may
 * - `handler-error`: its handler failed, with `onError: 'close'`
 * - `replaced`: it gave no sign of life when its client connected anew
 * - `connect-timeout`: it never connected, and another one wanted its place
 * - `server-closed`: the stream was closed
 *
 * or what its transport says.
 */
export type EndReason = string;

/**
 * What carries a connection: WebRTC, a WebSocket, a telephone's. Made by the transports; a `Connection` calls it, and
 * closes it once.
 */
export interface TransportLink {
  /** Which kind it is. */
  readonly name: TransportName;
  /** True when `fetch_output`, `end_stream` and the others may be sent; false on a telephone. */
  readonly takesMessages: boolean;
  /**
   * How far ahead of real time sound is handed over, in ms: 0 where packets keep time (WebRTC), some where the far end
   * buffers (sockets).
   */
  readonly audioLeadMs: number;
  /** Rates, in Hz, of sound that is handed over as it is, not at the handler's `outputSampleRate`. Default: none. */
  readonly audioRates?: readonly number[];
  /** Sends text to the client; before its channel is open, the link keeps 64 messages. Never throws. */
  send(text: string): void;
  /** Plays 20 ms of sound, `s16`, at the handler's `outputSampleRate` or one of {@link audioRates}; paced by the connection. Never throws. */
  playAudio(frame: AudioData): void;
  /** Empties what the far end has not played yet, where it can be told so. */
  clearAudio(): void;
  /**
   * Resolves when the far end has played all it was given, as far as that can be known, and after a few seconds at the latest:
   * what `CloseStream` waits for before `close()`. Left out where packets keep time.
   */
  audioPlayed?(): Promise<void>;
  /** Shows a picture, and closes it; resolves when the next can be taken. Never rejects. */
  showVideo(frame: VideoFrame): Promise<void>;
  /** Asks the far end whether it still lives; false when no sign came within `timeoutMs`. */
  isAlive(timeoutMs: number): Promise<boolean>;
  /** Ends it, with its goodbye; resolves when nothing is left. Idempotent, never rejects. */
  close(reason: EndReason): Promise<void>;
}
