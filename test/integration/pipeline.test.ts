import { describe, expect, it, vi } from 'vitest';
import { SourceError } from '../../src/errors.js';
import { silentLogger } from '../../src/logger.js';
import type { PacketizedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import type { PipelineOptions } from '../../src/pipeline/pipeline.js';
import { createTransformChain } from '../../src/transform/transform-chain.js';
import type { TransformInput } from '../../src/transform/transform-chain.js';
import { FakeSource } from '../support/fake-source.js';

/** A viewer without a network. */
class Sink {
  readonly chunks: PacketizedVideoChunk[] = [];

  write(chunk: PacketizedVideoChunk): void {
    this.chunks.push(chunk);
  }

  get keyFrames(): number {
    return this.chunks.filter(({ chunk }) => chunk.type === 'key').length;
  }
}

async function pipelineOf(
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

describe('Pipeline', () => {
  it('runs nothing before the first viewer', async () => {
    const source = new FakeSource({ lives: [[]], endless: true });
    await using pipeline = await pipelineOf(source);
    expect(pipeline.status).toEqual({ state: 'idle' });
    expect(pipeline.viewers).toBe(0);
    expect(source.counts.created).toBe(0);
  });

  it('gives every viewer of a codec the very same payloads', async () => {
    const source = new FakeSource({ lives: [[]], endless: true });
    await using pipeline = await pipelineOf(source);
    const [first, second] = [new Sink(), new Sink()];
    pipeline.subscribe('vp8', first);
    pipeline.subscribe('vp8', second);
    await vi.waitFor(() => expect(second.chunks.length).toBeGreaterThan(5));
    const last = second.chunks.at(-1);
    expect(first.chunks).toContain(last);
    expect(first.chunks[0]?.chunk.type).toBe('key');
    expect(first.chunks[0]?.payloads.length).toBeGreaterThan(0);
  });

  it('gives pictures times that grow, also across a source that is reopened', async () => {
    const info = { live: true, pacing: 'arrival' } as const;
    const lives = [['frame', 'frame', 'frame'] as const, ['frame', 'frame', 'hang'] as const];
    const source = new FakeSource({ lives: lives.map((life) => [...life]), info });
    await using pipeline = await pipelineOf(source);
    const sink = new Sink();
    pipeline.subscribe('vp8', sink);
    await vi.waitFor(() => expect(source.counts.read).toBeGreaterThanOrEqual(6), 5000);
    await vi.waitFor(() => expect(pipeline.status.state).toBe('live'));
    const times = sink.chunks.map(({ chunk }) => chunk.timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it('stops encoders and source a little after their last viewer', async () => {
    const source = new FakeSource({ lives: [[]], endless: true });
    await using pipeline = await pipelineOf(source);
    const sink = new Sink();
    const subscription = pipeline.subscribe('h264', sink);
    await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThan(2));
    subscription.close();
    subscription.close();
    expect(pipeline.stats().renditions[0]?.viewers).toBe(0);
    await vi.waitFor(() => expect(source.counts.stopped).toBe(1));
    await vi.waitFor(() => expect(pipeline.stats().renditions).toEqual([]), 5000);
    expect(pipeline.status).toEqual({ state: 'idle' });
    subscription.requestKeyFrame('loss');

    pipeline.subscribe('h264', sink);
    await vi.waitFor(() => expect(pipeline.status.state).toBe('live'));
    expect(source.counts.created).toBe(2);
  });

  it('shows why a source is lost, as pictures', async () => {
    const error = new SourceError('gone fishing', { code: 'source-failed', retryable: true });
    const source = new FakeSource({ lives: [error] });
    await using pipeline = await pipelineOf(source);
    const sink = new Sink();
    pipeline.subscribe('vp8', sink);
    await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThan(1), 5000);
    expect(pipeline.status).toEqual({ state: 'reconnecting', reason: 'gone fishing' });
  });

  it('says when it has ended, and starts over for a new viewer', async () => {
    const source = new FakeSource({ lives: [['frame', 'frame']] });
    await using pipeline = await pipelineOf(source);
    const finished = vi.fn();
    pipeline.on('finished', finished);
    const sink = new Sink();
    const subscription = pipeline.subscribe('vp8', sink);
    await vi.waitFor(() => expect(finished).toHaveBeenCalledOnce(), 5000);
    expect(pipeline.status.state).toBe('ended');
    subscription.close();
    pipeline.subscribe('vp8', sink);
    expect(pipeline.status.state).toBe('ended');
    await vi.waitFor(() => expect(source.counts.created).toBe(2));
  });

  it('shows its end to a late viewer of a source that cannot start over', async () => {
    const source = new FakeSource({ lives: [['frame', 'frame']], reopenable: false });
    await using pipeline = await pipelineOf(source, { idleMs: 0 });
    const first = pipeline.subscribe('vp8', new Sink());
    await vi.waitFor(() => expect(pipeline.status.state).toBe('ended'), 5000);
    first.close();
    // The stream falls asleep at once, long before it has shown its end.
    await new Promise((resolve) => pipeline.once('finished', () => resolve(null)));
    const late = new Sink();
    const finished = vi.fn();
    pipeline.on('finished', finished);
    pipeline.subscribe('vp8', late).requestKeyFrame('join');
    await vi.waitFor(() => expect(late.keyFrames).toBe(1), 5000);
    await vi.waitFor(() => expect(finished).toHaveBeenCalled());
  });

  it('closes twice, with a source that hangs and a transform that never answers', async () => {
    const source = new FakeSource({ lives: [['frame', 'hang']] });
    const pipeline = await pipelineOf(source, {}, [() => new Promise<null>(() => undefined)]);
    pipeline.subscribe('vp8', new Sink());
    await vi.waitFor(() => expect(source.counts.read).toBe(2));
    await pipeline.close();
    await pipeline.close();
    expect(pipeline.closed).toBe(true);
    expect(source.counts.stopped).toBe(1);
    expect(() => pipeline.subscribe('vp8', new Sink())).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
  });
});
