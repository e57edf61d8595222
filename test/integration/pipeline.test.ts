import { describe, expect, it, vi } from 'vitest';
import { SourceError } from '../../src/errors.js';
import { FakeSource } from '../support/fake-source.js';
import { RecordingSink, pipelineOf, subscribe, watch } from '../support/watch-pipeline.js';

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
    const [first, second] = [new RecordingSink(), new RecordingSink()];
    watch(pipeline, 'vp8', first);
    watch(pipeline, 'vp8', second);
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
    const sink = new RecordingSink();
    watch(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(source.counts.read).toBeGreaterThanOrEqual(6), 5000);
    await vi.waitFor(() => expect(pipeline.status.state).toBe('live'));
    const times = sink.chunks.map(({ chunk }) => chunk.timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it('stops encoders and source a little after their last viewer', async () => {
    const source = new FakeSource({ lives: [[]], endless: true });
    await using pipeline = await pipelineOf(source);
    const sink = new RecordingSink();
    const subscription = watch(pipeline, 'h264', sink);
    await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThan(2));
    subscription.close();
    subscription.close();
    expect(pipeline.stats().renditions[0]?.viewers).toBe(0);
    await vi.waitFor(() => expect(source.counts.stopped).toBe(1));
    await vi.waitFor(() => expect(pipeline.stats().renditions).toEqual([]), 5000);
    expect(pipeline.status).toEqual({ state: 'idle' });
    subscription.requestKeyFrame();
    subscription.ready();

    watch(pipeline, 'h264', sink);
    await vi.waitFor(() => expect(pipeline.status.state).toBe('live'));
    expect(source.counts.created).toBe(2);
  });

  it('shows why a source is lost, as pictures', async () => {
    const error = new SourceError('gone fishing', { code: 'source-failed', retryable: true });
    const source = new FakeSource({ lives: [error] });
    await using pipeline = await pipelineOf(source);
    const sink = new RecordingSink();
    watch(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThan(1), 5000);
    expect(pipeline.status).toEqual({ state: 'reconnecting', reason: 'gone fishing' });
  });

  it('plays a file from its first picture, once somebody is ready for it', async () => {
    const source = new FakeSource({ lives: [['frame', 'frame', 'frame', 'hang']] });
    await using pipeline = await pipelineOf(source);
    const sink = new RecordingSink();
    const subscription = subscribe(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(source.counts.started).toBe(1));
    expect(source.counts.read).toBe(0);
    subscription.ready();
    await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThanOrEqual(3));
    expect(sink.chunks[0]?.chunk.type).toBe('key');
  });

  it('tells each viewer when it has seen the end, and starts over for a new one', async () => {
    const source = new FakeSource({ lives: [['frame', 'frame']] });
    await using pipeline = await pipelineOf(source, { endMs: 300 });
    const [first, second] = [new RecordingSink(), new RecordingSink()];
    const subscription = watch(pipeline, 'vp8', first);
    await vi.waitFor(() => expect(pipeline.status.state).toBe('ended'), 5000);
    const late = watch(pipeline, 'vp8', second);
    await vi.waitFor(() => expect(first.ends).toEqual(['The source has ended.']), 5000);
    await vi.waitFor(() => expect(second.ends).toEqual(['The source has ended.']), 5000);
    expect(second.keyFrames).toBe(1);
    subscription.close();
    late.close();
    watch(pipeline, 'vp8', first);
    await vi.waitFor(() => expect(source.counts.created).toBe(2));
  });

  it('shows its end to a late viewer of a source that cannot start over', async () => {
    const source = new FakeSource({ lives: [['frame', 'frame']], reopenable: false });
    await using pipeline = await pipelineOf(source, { idleMs: 0 });
    const first = watch(pipeline, 'vp8', new RecordingSink());
    await vi.waitFor(() => expect(pipeline.status.state).toBe('ended'), 5000);
    // The stream falls asleep at once.
    first.close();
    const sink = new RecordingSink();
    await new Promise((resolve) => setImmediate(resolve));
    watch(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(sink.keyFrames).toBe(1), 5000);
    await vi.waitFor(() => expect(sink.ends).toHaveLength(1), 5000);
  });

  it('closes twice, with a source that hangs and a transform that never answers', async () => {
    const source = new FakeSource({ lives: [['frame', 'hang']] });
    const pipeline = await pipelineOf(source, {}, [() => new Promise<null>(() => undefined)]);
    watch(pipeline, 'vp8', new RecordingSink());
    await vi.waitFor(() => expect(source.counts.read).toBe(2));
    await pipeline.close();
    await pipeline.close();
    expect(pipeline.closed).toBe(true);
    expect(source.counts.stopped).toBe(1);
    expect(() => watch(pipeline, 'vp8', new RecordingSink())).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
  });
});
