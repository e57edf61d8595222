import { afterEach, describe, expect, it, vi } from 'vitest';
import { EncoderContext } from '../../src/codec/encoder-context.js';
import { SourceError } from '../../src/errors.js';
import type { FrameBacking } from '../../src/media/frame-backing.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import type { RenditionStats } from '../../src/pipeline/rendition-stats.js';
import { FakeSource } from '../support/fake-source.js';
import { RecordingSink, pipelineOf, watch } from '../support/watch-pipeline.js';

const info = { codedWidth: 320, codedHeight: 180, framerate: 50 };

function endless(): FakeSource {
  return new FakeSource({ lives: [[]], endless: true, info });
}

async function pictures(sink: RecordingSink, count: number): Promise<void> {
  const wanted = sink.chunks.length + count;
  await vi.waitFor(() => expect(sink.chunks.length).toBeGreaterThanOrEqual(wanted), 5000);
}

function only(pipeline: Pipeline): RenditionStats {
  const [rendition] = pipeline.stats().renditions;
  if (rendition === undefined) throw new Error('no rendition');
  return rendition;
}

/** How much later each picture is than the one before, µs. */
function gapsOf(sink: RecordingSink): number[] {
  const times = sink.chunks.map(({ chunk }) => chunk.timestamp);
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** A picture whose pixels cannot be had. */
function broken(timestamp: number): VideoFrame {
  const backing: FrameBacking = {
    format: 'RGB',
    codedWidth: info.codedWidth,
    codedHeight: info.codedHeight,
    copy: () => {
      throw new Error('the pixels are gone');
    },
    clone: () => backing,
    close: () => undefined,
  };
  return new VideoFrame(backing, { timestamp });
}

describe('Faults of a running pipeline', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it.each(['vp8', 'h264', 'vp9'] as const)(
    'loses one picture and sends a key frame when the %s encoder fails',
    async (codec) => {
      await using pipeline = await pipelineOf(endless());
      const sink = new RecordingSink();
      watch(pipeline, codec, sink);
      await pictures(sink, 10);
      vi.spyOn(EncoderContext.prototype, 'encode').mockRejectedValueOnce(new Error('out of order'));
      await pictures(sink, 10);
      const { errors, framesDropped, keyFramesEncoded } = only(pipeline);
      expect({ errors, failed: framesDropped.failed }).toEqual({ errors: 1, failed: 1 });
      expect(keyFramesEncoded).toBe(2);
    },
  );

  it('tries an encoder that keeps failing once a second, and lets the stream go on', async () => {
    await using pipeline = await pipelineOf(endless());
    const sink = new RecordingSink();
    watch(pipeline, 'vp8', sink);
    await pictures(sink, 3);
    const fault = vi.spyOn(EncoderContext.prototype, 'encode');
    fault.mockRejectedValue(new Error('out of order'));
    await vi.waitFor(() => expect(only(pipeline).framesDropped.failed).toBeGreaterThan(20), 5000);
    expect(only(pipeline).errors).toBeLessThan(5);
    expect(pipeline.status.state).toBe('live');
    fault.mockRestore();
    await pictures(sink, 5);
    expect(sink.keyFrames).toBe(2);
  });

  it('loses one picture and no key frame when a picture has no pixels', async () => {
    let count = 0;
    const transform = (frame: VideoFrame): VideoFrame => {
      count += 1;
      if (count !== 10) return frame;
      frame.close();
      return broken(frame.timestamp);
    };
    await using pipeline = await pipelineOf(endless(), {}, [transform]);
    const sink = new RecordingSink();
    watch(pipeline, 'vp8', sink);
    await pictures(sink, 20);
    expect(only(pipeline)).toMatchObject({ errors: 1, framesDropped: { failed: 1 } });
    expect(sink.keyFrames).toBe(1);
  });

  it('goes on when a source that broke comes back, and leaves nothing running at the end', async () => {
    const live = { live: true, pacing: 'arrival' } as const;
    const lost = new SourceError('cable pulled', { code: 'source-failed', retryable: true });
    const source = new FakeSource({
      lives: [[...Array.from({ length: 10 }, () => 'frame' as const), lost], []],
      endless: true,
      info: { ...info, ...live },
    });
    await using pipeline = await pipelineOf(source);
    const sink = new RecordingSink();
    const viewer = watch(pipeline, 'vp8', sink);
    await vi.waitFor(() => expect(source.counts.created).toBe(2), 5000);
    await vi.waitFor(() => expect(pipeline.status.state).toBe('live'), 5000);
    await pictures(sink, 5);
    const times = sink.chunks.map(({ chunk }) => chunk.timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(source.counts.stopped).toBe(1);
    viewer.close();
    await vi.waitFor(() => expect(source.counts.stopped).toBe(2), 5000);
    await vi.waitFor(() => expect(pipeline.stats().renditions).toEqual([]), 5000);
  });

  it.each([
    ['forwards by a day', 86_400_000],
    ['back by a day', -86_400_000],
  ])('does not mind that the clock of the computer is set %s', async (_, jump) => {
    await using pipeline = await pipelineOf(endless());
    const sink = new RecordingSink();
    watch(pipeline, 'vp8', sink);
    await pictures(sink, 5);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + jump });
    await pictures(sink, 20);
    expect(sink.keyFrames).toBe(1);
    expect(only(pipeline)).toMatchObject({ errors: 0 });
    const gaps = gapsOf(sink);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThan(2_000_000);
  });

  it.each(['timestamp', 'arrival'] as const)(
    'goes on at once after the computer slept for a minute (%s)',
    async (pacing) => {
      const source = new FakeSource({ lives: [[]], endless: true, info: { ...info, pacing } });
      await using pipeline = await pipelineOf(source);
      const sink = new RecordingSink();
      watch(pipeline, 'vp8', sink);
      await pictures(sink, 10);
      const now = performance.now.bind(performance);
      vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
      await pictures(sink, 20);
      expect(sink.keyFrames).toBe(1);
      expect(only(pipeline)).toMatchObject({ errors: 0 });
      const gaps = gapsOf(sink);
      expect(Math.min(...gaps)).toBeGreaterThan(0);
      expect(gaps.filter((gap) => gap > 30_000_000)).toHaveLength(1);
    },
  );
});
