import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { SourceFactory } from '../source/source-factory.js';
import type { TransformChain, TransformChainStats } from '../transform/transform-chain.js';
import type { SoundFactory } from '../source/sound-source.js';
import type { EncodedLevel } from './ladder.js';
import type { RenditionOptions } from './rendition.js';
import type { RenditionStats } from './rendition-stats.js';
import type { SoundStats } from './sound/sound.js';
import type { StreamState, StreamStatus } from './status.js';

/** What a `Pipeline` is made of. */
export interface PipelineOptions extends Omit<RenditionOptions, 'framerate'> {
  /** Name of the stream, as the page shows it. */
  name: string;
  source: SourceFactory;
  /** Closed by the pipeline. */
  transforms: TransformChain;
  /** Bits per second of pictures in full size; smaller ones take less. */
  bitrate: number;
  /** Sizes to offer. Default: all. */
  renditions?: readonly EncodedLevel[];
  /** At most so many frames per second; `null` takes the source's. */
  framerate: number | null;
  /** False: everything is encoded. Default `true`: compressed pictures that viewers can take go out as they are. */
  passThrough?: boolean;
  /** Bits per second of pictures that go out as they are, at most; `null`, the default, for no limit. */
  maxPassedBitrate?: number | null;
  /** Codecs of pictures that may go out as they are; `null`, the default, for all. */
  passedCodecs?: readonly VideoCodecName[] | null;
  infiniteFrames: boolean;
  startDelayMs: number;
  /** False: the stream is silent. Default `true`. */
  audio?: boolean;
  /** Where the sound comes from, when not from `source`. */
  sound?: SoundFactory | null;
  /** How long the source goes on when nobody watches any more, ms. Default 5000. */
  idleMs?: number;
  /** How long "The End" is shown to a viewer before it is sent off, ms. Default 3000. */
  endMs?: number;
}

/** What a `Pipeline` tells. */
export interface PipelineEvents {
  /** The stream's state has changed. */
  status: [StreamStatus];
  /** A transform sends this to all viewers. */
  message: [unknown];
  /** The renditions of this codec are others now. */
  ladder: [VideoCodecName];
}

/** Pictures of a stream that got as far as no encoder, by what became of them; counts since the server started. */
export interface StreamDrops {
  /** Left out to keep to the option `framerate`. */
  framerateLimit: number;
  /** Replaced by newer ones because the transforms were still at work on another. */
  transformBusy: number;
  /** A transform gave nothing back. */
  transformDropped: number;
  /** A transform failed, and `transformErrors` is `drop`. */
  transformFailed: number;
}

/** How a stream fares. Counts are since the server started. */
export interface PipelineStats {
  /** Where it stands. */
  state: StreamState;
  /** Who watches it now, or is about to. */
  viewers: number;
  /** Pictures the source has delivered. */
  framesRead: number;
  /** Rate of the source over the last two seconds, frames per second; 0 while it does not run. */
  sourceFrameRate: number;
  /** Pauses of the source: frames that came so long after they were due, 100 ms or more, that viewers saw a pause. */
  framesLate: number;
  /** Pictures left out on the way to the encoders; what those leave out is told by `renditions`. */
  framesDropped: StreamDrops;
  /** What the transforms did, and what they failed in. */
  transforms: TransformChainStats;
  /** One for each rendition that is watched now, or was until a second ago. */
  renditions: RenditionStats[];
  /** What the sound has come to; `null` when the stream has none (`audio: false`). */
  sound: SoundStats | null;
}

/** Takes encoded pictures for viewers that share it: a delivery host. Its methods must return at once and must not throw. */
export interface ChunkSink {
  /** Takes one picture of a rendition, once for all its viewers, or drops it. */
  write(rendition: RenditionInfo, chunk: PacketizedVideoChunk): void;
  /** Takes one piece of sound, once for all its viewers that want sound. */
  writeAudio?(chunk: EncodedAudioChunk): void;
}

/** Who subscribes to a stream, and to what. */
export interface SubscribeOptions {
  /** The viewer's id: tells its key frame requests from those of others. */
  viewer: string;
  /** Where the viewer's pictures go; many viewers may share one. */
  sink: ChunkSink;
  /** What the viewer takes. */
  codec: VideoCodecName;
  /** Whether it takes sound. Default `false`. */
  audio?: boolean;
  /** The stream is over, and the viewer has seen its end. Default: it is told nothing. */
  end?(reason: string): void;
}

/** One viewer's hold on a stream; costs nothing per picture. After `close()` all its methods do nothing. */
export interface Subscription {
  /**
   * To be called once the viewer is connected, and again while it has no picture: the renditions it has taken flow from now
   * on, beginning with a key frame. A file starts playing when its first viewer is ready, so that nothing of it is lost.
   */
  ready(): void;
  /** Asks for a key frame, since the viewer has lost its picture (PLI, FIR). @param rendition - Default: all it has taken. */
  requestKeyFrame(rendition?: string): void;
  /**
   * Makes a rendition of the viewer's codec flow to its sink, with a key frame soon; beside others that it has taken.
   *
   * @returns False when the ladder has no such rendition (any more).
   */
  take(rendition: string): boolean;
  /** Gives a rendition back; it is no longer encoded once nobody holds it. */
  drop(rendition: string): void;
  /** Bits per second that the viewer's link bears; `null`, as at first, when no limit is known. */
  limit(bitrate: number | null): void;
  /** Whether the viewer, if it takes sound, listens to it; a stream that nobody listens to encodes none. At first it does. */
  listen(listening: boolean): void;
  /** Lets go of all. */
  close(): void;
}
