import { afterEach, describe, expect, it, vi } from 'vitest';
import { EncoderContext } from '../../src/codec/encoder-context.js';
import type { PacketizedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import type { RenditionStats } from '../../src/pipeline/rendition-stats.js';
import { FakeSource } from '../support/fake-source.js';
import { RecordingSink, pipelineOf, subscribe, watch } from '../support/watch-pipeline.js';

const info = { codedWidth: 640, codedHeight: 360, framerate: 50 };

function endless(): FakeSource {
  return new FakeSource({ lives: [[]], endless: true, info });
}

/** A pipeline that knows the size of its pictures. */
async function running(source: FakeSource = endless()): Promise<Pipeline> {
  const pipeline = await pipelineOf(source);
  const sink = new RecordingSink();
  const first = watch(pipeline, 'h264', sink);
  await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThan(0), 5000);
  first.close();
  return pipeline;
}

function statsOf(pipeline: Pipeline, id: string): RenditionStats | undefined {
  return pipeline.stats().renditions.find((rendition) => rendition.id === id);
}

/** Size in the header of a VP8 key frame (RFC 6386, 9.1). */
function sizeOf({ chunk }: PacketizedVideoChunk): string {
  return `${chunk.data.readUInt16LE(6) & 0x3fff}x${chunk.data.readUInt16LE(8) & 0x3fff}`;
}

async function pictures(sink: RecordingSink, rendition: string, count: number): Promise<void> {
  const wanted = sink.of(rendition).length + count;
  await vi.waitFor(() => expect(sink.of(rendition).length).toBeGreaterThanOrEqual(wanted), 5000);
}

describe('Renditions of a pipeline', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('has one before the size is known, tells of the others then, and of a size that changes', async () => {
    const source = endless();
    await using pipeline = await pipelineOf(source);
    const told: string[] = [];
    pipeline.on('ladder', (codec) => {
      if (codec === 'vp8')
        told.push(
          pipeline
            .ladder('vp8')
            .map(({ level }) => level)
            .join(),
        );
    });
    expect(pipeline.ladder('vp8').map(({ id }) => id)).toEqual(['vp8/full']);
    watch(pipeline, 'vp8', new RecordingSink());
    await vi.waitFor(() => expect(told).toEqual(['full,half,quarter']));
  });

  it('gives nothing that is not on the ladder', async () => {
    await using pipeline = await running();
    const subscription = subscribe(pipeline, 'vp8', new RecordingSink());
    expect(subscription.take('vp8/half')).toBe(true);
    expect(subscription.take('h264/half')).toBe(false);
    expect(subscription.take('vp8/source')).toBe(false);
    expect(subscription.take('vp8/eighth')).toBe(false);
    subscription.close();
    expect(subscription.take('vp8/half')).toBe(false);
  });

  it('changes with the size of the pictures; who holds a rendition that is no more keeps it', async () => {
    let side = 4;
    const edit = (frame: VideoFrame): VideoFrame => {
      const [codedWidth, codedHeight] = [160 * side, 90 * side];
      const { timestamp } = frame;
      frame.close();
      const pixels = Buffer.alloc(codedWidth * codedHeight, 128);
      return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth, codedHeight, timestamp });
    };
    await using pipeline = await pipelineOf(endless(), {}, [edit]);
    const sink = new RecordingSink();
    const viewer = watch(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(pipeline.ladder('vp8')).toHaveLength(3), 5000);
    viewer.take('vp8/quarter');
    await pictures(sink, 'vp8/quarter', 2);
    side = 2;
    await vi.waitFor(() => expect(pipeline.ladder('vp8')).toHaveLength(2), 5000);
    await pictures(sink, 'vp8/quarter', 2);
    const keys = sink.of('vp8/quarter').filter(({ chunk }) => chunk.type === 'key');
    expect(keys.map(sizeOf)).toEqual(['160x90', '80x46']);
    expect(viewer.take('vp8/quarter')).toBe(false);
    viewer.drop('vp8/quarter');
    await pictures(sink, 'vp8/full', 2);
  });

  it('encodes what is held, each in its size, and nothing before its viewer is connected', async () => {
    await using pipeline = await running();
    const sink = new RecordingSink();
    const viewer = subscribe(pipeline, 'vp8', sink, 'half');
    const other = watch(pipeline, 'vp8', new RecordingSink(), 'quarter');
    await vi.waitFor(() =>
      expect(statsOf(pipeline, 'vp8/quarter')?.framesEncoded).toBeGreaterThan(2),
    );
    expect(sink.chunks).toEqual([]);
    expect(statsOf(pipeline, 'vp8/half')).toMatchObject({ viewers: 1, framesEncoded: 0 });
    viewer.ready();
    await pictures(sink, 'vp8/half', 3);
    expect(sizeOf(sink.of('vp8/half')[0]!)).toBe('320x180');
    expect(statsOf(pipeline, 'vp8/half')).toMatchObject({ width: 320, height: 180, errors: 0 });
    expect(statsOf(pipeline, 'vp8/quarter')).toMatchObject({ width: 160, height: 90 });
    expect(statsOf(pipeline, 'vp8/full')).toBeUndefined();
    other.close();
    await vi.waitFor(() => expect(statsOf(pipeline, 'vp8/quarter')).toBeUndefined(), 5000);
    await pictures(sink, 'vp8/half', 3);
  });

  it('opens an encoder while its viewer is still being connected', async () => {
    const source = endless();
    await using pipeline = await pipelineOf(source);
    const sink = new RecordingSink();
    const viewer = subscribe(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(statsOf(pipeline, 'vp8/full')?.encoder).toBe('libvpx'), 5000);
    expect(source.counts.read).toBe(0);
    const opened = vi.spyOn(EncoderContext, 'open');
    viewer.ready();
    await pictures(sink, 'vp8/full', 1);
    expect(sizeOf(sink.chunks[0]!)).toBe('640x360');
    expect(opened).not.toHaveBeenCalled();
  });

  it('writes once to a sink that many viewers share, and the very same to another', async () => {
    await using pipeline = await running();
    const [host, other] = [new RecordingSink(), new RecordingSink()];
    const shared = Array.from({ length: 20 }, () => watch(pipeline, 'vp8', host));
    watch(pipeline, 'vp8', other);
    await pictures(other, 'vp8/full', 5);
    const times = host.chunks.map(({ chunk }) => chunk.timestamp);
    expect(new Set(times).size).toBe(times.length);
    expect(host.chunks).toContain(other.chunks.at(-2));
    for (const viewer of shared.slice(1)) viewer.close();
    await pictures(host, 'vp8/full', 2);
    shared[0]?.drop('vp8/full');
    const count = host.chunks.length;
    await pictures(other, 'vp8/full', 5);
    expect(host.chunks).toHaveLength(count);
    expect(statsOf(pipeline, 'vp8/full')).toMatchObject({ viewers: 1 });
  });

  it('begins another rendition with a key frame, while the old one goes on as it is', async () => {
    await using pipeline = await running();
    const sink = new RecordingSink();
    const viewer = watch(pipeline, 'vp8', sink);
    await pictures(sink, 'vp8/full', 10);
    viewer.take('vp8/half');
    await pictures(sink, 'vp8/half', 1);
    expect(sink.of('vp8/half')[0]?.chunk.type).toBe('key');
    await pictures(sink, 'vp8/full', 2);
    viewer.drop('vp8/full');
    await pictures(sink, 'vp8/half', 5);
    expect(sink.of('vp8/full').filter(({ chunk }) => chunk.type === 'key')).toHaveLength(1);
  });

  it('answers a hundred viewers who come to a rendition together with one key frame', async () => {
    await using pipeline = await running();
    watch(pipeline, 'vp8', new RecordingSink(), 'half');
    const sink = new RecordingSink();
    const moving = Array.from({ length: 100 }, () => watch(pipeline, 'vp8', sink));
    await pictures(sink, 'vp8/full', 5);
    const before = statsOf(pipeline, 'vp8/half')?.keyFramesEncoded ?? 0;
    for (const viewer of moving) viewer.take('vp8/half');
    await vi.waitFor(
      () => expect(sink.of('vp8/half').some(({ chunk }) => chunk.type === 'key')).toBe(true),
      5000,
    );
    await pictures(sink, 'vp8/half', 20);
    expect(statsOf(pipeline, 'vp8/half')?.keyFramesEncoded).toBe(before + 1);
  });

  it('follows the best of its viewers, so that a bad link costs nobody else', async () => {
    await using pipeline = await running();
    const { bitrate, minBitrate } = pipeline.ladder('vp8')[0]!;
    const [sink, other] = [new RecordingSink(), new RecordingSink()];
    const bad = watch(pipeline, 'vp8', sink);
    bad.limit(minBitrate / 2);
    await pictures(sink, 'vp8/full', 3);
    expect(statsOf(pipeline, 'vp8/full')?.targetBitrate).toBe(minBitrate);
    const good = watch(pipeline, 'vp8', other);
    await pictures(other, 'vp8/full', 3);
    expect(statsOf(pipeline, 'vp8/full')?.targetBitrate).toBe(bitrate);
    good.limit(Math.round((bitrate + minBitrate) / 2));
    const between = Math.round((bitrate + minBitrate) / 2);
    await vi.waitFor(
      () => expect(statsOf(pipeline, 'vp8/full')?.targetBitrate).toBe(between),
      5000,
    );
  });

  it('does not let a slow encoder hold up the others', async () => {
    await using pipeline = await running();
    // eslint-disable-next-line @typescript-eslint/unbound-method -- the mock, which takes its place, calls it with the encoder it is for
    const encode = EncoderContext.prototype.encode;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    vi.spyOn(EncoderContext.prototype, 'encode').mockImplementation(async function (
      this: EncoderContext,
      ...[frame, ...rest]: Parameters<EncoderContext['encode']>
    ) {
      if (frame.width === 640) await held;
      return encode.call(this, frame, ...rest);
    });
    const [slow, quick] = [new RecordingSink(), new RecordingSink()];
    watch(pipeline, 'vp8', slow);
    watch(pipeline, 'vp8', quick, 'quarter');
    await pictures(quick, 'vp8/quarter', 20);
    expect(slow.chunks).toEqual([]);
    expect(statsOf(pipeline, 'vp8/full')?.framesDropped.busy).toBeGreaterThan(5);
    expect(statsOf(pipeline, 'vp8/quarter')?.framesDropped.busy).toBeLessThan(10);
    release();
    await pictures(slow, 'vp8/full', 1);
  });

  it('counts what it does', async () => {
    await using pipeline = await running();
    const sink = new RecordingSink();
    watch(pipeline, 'vp8', sink);
    await pictures(sink, 'vp8/full', 20);
    const stats = statsOf(pipeline, 'vp8/full')!;
    const bytes = sink.chunks.reduce((sum, { chunk }) => sum + chunk.byteLength, 0);
    expect(stats).toMatchObject({ codec: 'vp8', level: 'full', encoder: 'libvpx', viewers: 1 });
    expect(stats).toMatchObject({ framesEncoded: sink.chunks.length, keyFramesEncoded: 1, bytes });
    expect(stats.bitrate).toBeGreaterThan(0);
    expect(stats.encodeMs).toBeGreaterThan(0);
    expect(stats.captureToSendMs).toBeGreaterThanOrEqual(stats.encodeMs);
    expect(stats.captureToSendMs).toBeLessThan(1000);
  });
});
