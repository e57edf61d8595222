import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { ViewerOffer } from '../rtc/peer-offer.js';
import type { CloseReason } from '../rtc/peer-session-types.js';
import type { ViewerStats } from '../rtc/viewer-stats.js';
import type { SentError } from './sent-error.js';
import type { SentPicture, SentSound } from './sent-media.js';
import type { Quality } from './rendition-chooser.js';
import type { AcceptedViewer, HostAcceptOptions, ViewerEvent } from './viewer-host.js';

/** What the main thread asks of a worker; they go in lists, one a tick. */
export type HostCommand =
  | {
      readonly kind: 'accept';
      readonly viewer: string;
      readonly offer: ViewerOffer;
      readonly options: HostAcceptOptions;
    }
  | { readonly kind: 'abort'; readonly viewer: string }
  | {
      readonly kind: 'picture';
      readonly streamName: string;
      readonly rendition: string;
      readonly picture: SentPicture;
    }
  | { readonly kind: 'sound'; readonly streamName: string; readonly sound: SentSound }
  | {
      readonly kind: 'ladder';
      readonly streamName: string;
      readonly codec: VideoCodecName;
      readonly ladder: readonly RenditionInfo[];
    }
  | { readonly kind: 'broadcast'; readonly streamName: string; readonly text: string }
  | { readonly kind: 'send'; readonly viewer: string; readonly text: string }
  | { readonly kind: 'pin'; readonly viewer: string; readonly quality: Quality }
  | { readonly kind: 'release'; readonly viewer: string; readonly reason: CloseReason }
  | { readonly kind: 'close' };

/** What a worker tells the main thread; in lists, too. */
export type HostReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'accepted'; readonly viewer: string; readonly accepted: AcceptedViewer }
  | { readonly kind: 'refused'; readonly viewer: string; readonly error: SentError }
  | { readonly kind: 'event'; readonly viewer: string; readonly event: ViewerEvent }
  | { readonly kind: 'stats'; readonly viewers: readonly (readonly [string, ViewerStats])[] }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    }
  | { readonly kind: 'closed' };

/** What a worker is started with. */
export interface HostWorkerData {
  /** See {@link counterOf}. */
  readonly counters: SharedArrayBuffer;
  /** `performance.timeOrigin` of the main thread, on whose clock the time stamps are. */
  readonly timeOrigin: number;
}

/**
 * Counters that both threads see, so that neither sends more than the other takes: how many pictures the worker has
 * taken, and how many reports of each kind that can be left out the main thread has.
 */
export const counterOf = { pictures: 0, events: 1, stats: 2 } as const;

/** Room for the counters. */
export function createCounters(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

/** How many of what was sent the other side has not taken yet; counts may wrap around. */
export function untaken(sent: number, counters: Int32Array, counter: number): number {
  return (sent - Atomics.load(counters, counter)) | 0;
}
