import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { ViewerOffer } from '../rtc/peer-offer.js';
import type {
  AnswerDescription,
  CloseReason,
  Farewell,
  KeyFrameReason,
  PeerSessionOptions,
} from '../rtc/peer-session-types.js';
import type { ViewerStats } from '../rtc/viewer-stats.js';
import type { Quality } from './rendition-chooser.js';

/** How a viewer is connected, and to what; plain data, which goes to other threads as it is. */
export interface HostAcceptOptions extends Pick<
  PeerSessionOptions,
  'iceServers' | 'icePortRange' | 'announcedAddresses' | 'connectTimeoutMs' | 'streamName'
> {
  /** The renditions of its codec, best first. */
  ladder: readonly RenditionInfo[];
}

/** What a host answers; plain data. */
export interface AcceptedViewer {
  readonly answer: AnswerDescription;
  readonly sendsAudio: boolean;
  /** The rendition that it begins with; `null` for an empty ladder. */
  readonly wanted: RenditionInfo | null;
  readonly stats: ViewerStats;
}

/** What becomes of a viewer, told by its host; plain data. */
export type ViewerEvent =
  | { readonly kind: 'heard' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'channelopen' }
  | { readonly kind: 'message'; readonly value: unknown }
  | {
      readonly kind: 'keyframerequest';
      readonly reason: KeyFrameReason;
      /** Of which rendition; `null` when it has none yet. */
      readonly rendition: string | null;
    }
  /** It wants this rendition to flow to its host, which goes on with what it has until a key frame comes. */
  | { readonly kind: 'take'; readonly rendition: RenditionInfo }
  /** It needs this rendition no more. */
  | { readonly kind: 'drop'; readonly rendition: string }
  /** It gets this rendition from now on. */
  | { readonly kind: 'moved'; readonly rendition: RenditionInfo }
  /** Bits per second that its link bears; `null` when no limit is known. */
  | { readonly kind: 'limit'; readonly bitrate: number | null }
  /** How to say goodbye in the name of its host, should that have no time for it. */
  | { readonly kind: 'farewell'; readonly farewell: Farewell }
  /** It is closed; nothing follows but `gone`. */
  | { readonly kind: 'closed'; readonly reason: CloseReason; readonly stats: ViewerStats }
  /** Its sockets and timers are gone. */
  | { readonly kind: 'gone' };

/** Hears what becomes of viewers; must not throw. */
export type TellViewerEvent = (viewer: string, event: ViewerEvent) => void;

/** Where a stream's pictures and sound go, once for all viewers of a host; the pipeline's `ChunkSink`. */
export interface HostSink {
  /** Takes one picture of a rendition, or drops it; returns at once and never throws. */
  write(rendition: RenditionInfo, chunk: PacketizedVideoChunk): void;
  /** Takes one piece of sound; returns at once and never throws. */
  writeAudio(chunk: EncodedAudioChunk): void;
}

/** What serves viewers, in whichever thread it does. */
export interface ViewerHost {
  /** True after `close()`, or when it has ended by itself. */
  readonly closed: boolean;
  /** Resolves when it serves viewers; those who come before wait for that. */
  ready(): Promise<void>;
  /**
   * Answers an offer.
   *
   * @throws {TypeError}, {LimitExceededError} as `PeerSession.accept`; `signal.reason`; {StreamError} `worker-lost`.
   */
  accept(
    viewer: string,
    offer: ViewerOffer,
    options: HostAcceptOptions,
    signal?: AbortSignal,
  ): Promise<AcceptedViewer>;
  /** The way into it for one stream; the same object each time. */
  sink(streamName: string): HostSink;
  /** The renditions of a codec are others now. */
  setLadder(streamName: string, codec: VideoCodecName, ladder: readonly RenditionInfo[]): void;
  /** Sends JSON to all viewers of a stream. */
  broadcast(streamName: string, text: string): void;
  /** Sends JSON to one viewer. */
  send(viewer: string, text: string): void;
  /** See `ViewerSession.pin`. */
  pin(viewer: string, quality: Quality): void;
  /** Closes a viewer; `closed` and `gone` are told as ever. */
  release(viewer: string, reason: CloseReason): void;
  /** `null` for one that is not served here. */
  stats(viewer: string): ViewerStats | null;
  /** Closes what is left and ends; resolves when nothing of it is left. Idempotent. */
  close(): Promise<void>;
}
