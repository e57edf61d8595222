import type { SourceFactory } from '../source/source-factory.js';
import type { TransformChain, TransformChainStats } from '../transform/transform-chain.js';
import type { RenditionOptions, RenditionStats } from './rendition.js';
import type { StreamStatus } from './status.js';

/** What a `Pipeline` is made of. */
export interface PipelineOptions extends Omit<RenditionOptions, 'framerate'> {
  /** Name of the stream, as the page shows it. */
  name: string;
  source: SourceFactory;
  /** Closed by the pipeline. */
  transforms: TransformChain;
  /** At most so many frames per second; `null` takes the source's. */
  framerate: number | null;
  infiniteFrames: boolean;
  startDelayMs: number;
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
}

/** What a `Pipeline` has done so far. */
export interface PipelineStats {
  /** Frames the source has delivered. */
  framesRead: number;
  /** Measured rate of the source, frames per second. */
  sourceFrameRate: number;
  /** Left out to keep to `framerate`. */
  framesThinnedOut: number;
  /** Replaced by newer ones because the transforms were still busy. */
  framesDropped: number;
  /** What the transforms did, and what they failed in. */
  transforms: TransformChainStats;
  /** One for each codec that is watched now, or was until a second ago. */
  renditions: RenditionStats[];
}

/** One viewer's hold on a stream. */
export interface Subscription {
  /**
   * To be called once the viewer is connected, and again while it has no picture: pictures flow from now
   * on, beginning with a key frame. A file starts playing when its first viewer is ready, so that nothing of it is lost.
   */
  ready(): void;
  /** Asks for a key frame, since the viewer has lost its picture (PLI, FIR). */
  requestKeyFrame(): void;
  /** Lets go; a second call does nothing. */
  close(): void;
}
