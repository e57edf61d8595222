import { silentLogger } from '../../src/logger.js';
import type { PacketizedVideoChunk, VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import type { RenditionInfo, RenditionLevel } from '../../src/media/rendition-info.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import type { PipelineOptions, Subscription } from '../../src/pipeline/pipeline-types.js';
import { createTransformChain } from '../../src/transform/transform-chain.js';
import type { TransformInput } from '../../src/transform/transform-chain.js';
import type { FakeSource } from './fake-source.js';

/** A delivery host without a network. */
export class RecordingSink {
  readonly written: { rendition: string; chunk: PacketizedVideoChunk }[] = [];
  readonly ends: string[] = [];

  write({ id }: RenditionInfo, chunk: PacketizedVideoChunk): void {
    this.written.push({ rendition: id, chunk });
  }

  /** All pictures, of whatever rendition. */
  get chunks(): PacketizedVideoChunk[] {
    return this.written.map(({ chunk }) => chunk);
  }

  /** How many of them are key frames. */
  get keyFrames(): number {
    return this.chunks.filter(({ chunk }) => chunk.type === 'key').length;
  }

  /** Pictures of one rendition. */
  of(rendition: string): PacketizedVideoChunk[] {
    return this.written.filter((each) => each.rendition === rendition).map(({ chunk }) => chunk);
  }
}

let viewers = 0;

/** A viewer that holds one rendition, and is not connected yet. */
export function subscribe(
  pipeline: Pipeline,
  codec: VideoCodecName,
  sink: RecordingSink,
  level: RenditionLevel = 'full',
): Subscription {
  viewers += 1;
  const subscription = pipeline.subscribe({
    viewer: `viewer-${viewers}`,
    sink,
    codec,
    end: (reason) => sink.ends.push(reason),
  });
  subscription.take(`${codec}/${level}`);
  return subscription;
}

/** A viewer that is connected at once. */
export function watch(
  pipeline: Pipeline,
  codec: VideoCodecName,
  sink: RecordingSink,
  level?: RenditionLevel,
): Subscription {
  const subscription = subscribe(pipeline, codec, sink, level);
  subscription.ready();
  return subscription;
}

/** A pipeline without waits; 500 kbit/s. */
export async function pipelineOf(
  source: FakeSource,
  options: Partial<PipelineOptions> = {},
  transforms: TransformInput[] = [],
): Promise<Pipeline> {
  return new Pipeline({
    name: 'test',
    source,
    transforms: await createTransformChain(transforms),
    bitrate: 500_000,
    framerate: null,
    hardwareAcceleration: 'no-preference',
    infiniteFrames: false,
    startDelayMs: 0,
    idleMs: 50,
    endMs: 50,
    logger: silentLogger,
    ...options,
  });
}
