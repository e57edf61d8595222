import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ViewerSessionStats } from '../../../src/delivery/viewer-session.js';
import { silentLogger } from '../../../src/logger.js';
import type { PipelineStats } from '../../../src/pipeline/pipeline-types.js';
import type { RenditionStats } from '../../../src/pipeline/rendition-stats.js';
import { createSendStats } from '../../../src/rtc/viewer-stats.js';
import { formatStats } from '../../../src/server/format-stats.js';
import { serverFigures } from '../../../src/server/server-figures.js';
import { StatsLog } from '../../../src/server/stats-log.js';

function rendition(some: Partial<RenditionStats> = {}): RenditionStats {
  return {
    id: 'vp8/full',
    codec: 'vp8',
    level: 'full',
    width: 1280,
    height: 720,
    encoder: 'libvpx',
    viewers: 12,
    framesEncoded: 300,
    keyFramesEncoded: 2,
    framesDropped: { busy: 0, failed: 0 },
    errors: 0,
    bytes: 1_000_000,
    bitrate: 1_523_000,
    frameRate: 29.94,
    targetBitrate: 2_500_000,
    encodeMs: 4.21,
    captureToSendMs: 9.87,
    ...some,
  };
}

function stream(some: Partial<PipelineStats> = {}): PipelineStats {
  return {
    state: 'live',
    viewers: 13,
    framesRead: 300,
    sourceFrameRate: 30.01,
    framesLate: 0,
    framesDropped: {
      framerateLimit: 0,
      transformBusy: 0,
      transformDropped: 0,
      transformFailed: 0,
    },
    transforms: { frames: 300, dropped: 0, failed: 0, errors: 0, averageMs: 1, transforms: [] },
    renditions: [rendition()],
    sound: null,
    ...some,
  };
}

function viewer(some: Partial<ViewerSessionStats> = {}): ViewerSessionStats {
  return {
    ...createSendStats(),
    messagesSent: 0,
    messagesDropped: 0,
    bitrate: 1_500_000,
    linkBitrate: null,
    audio: null,
    rendition: 'vp8/full',
    captureToSendMs: 9.87,
    playoutMs: null,
    latencyMs: null,
    framesDroppedByPage: null,
    freezeCount: null,
    ...some,
  };
}

describe('formatStats', () => {
  it('tells rates, renditions with viewers, new drops with their reason, and the median latency', () => {
    const drops = { framerateLimit: 9, transformDropped: 9, transformFailed: 0 };
    const half = rendition({ id: 'vp8/half', bitrate: 512_300, viewers: 1, frameRate: 20 });
    const unwatched = rendition({ id: 'vp8/quarter', viewers: 0 });
    const now = {
      stream: stream({
        framesDropped: { ...drops, transformBusy: 5 },
        renditions: [rendition(), half, unwatched],
      }),
      viewers: [viewer({ latencyMs: 99 }), viewer({ latencyMs: 41.2 }), viewer({ latencyMs: 30 })],
    };
    const last = { stream: stream({ framesDropped: { ...drops, transformBusy: 2 } }), viewers: [] };
    expect(formatStats('porch', now, last)).toBe(
      'porch: 30.0 fps in, 29.9 out, vp8/full 1.5 Mbit/s 12 viewers, vp8/half 512 kbit/s 1 viewer, 3 dropped (transform busy), latency 41 ms',
    );
  });

  it('leaves out what is not known', () => {
    const now = { stream: stream({ sourceFrameRate: 0, renditions: [] }), viewers: [viewer()] };
    expect(formatStats('live', now, null)).toBe('live: 0.0 fps in');
  });

  it('tells several reasons apart', () => {
    const busy = rendition({ framesDropped: { busy: 2, failed: 0 } });
    const now = {
      stream: stream({ renditions: [busy] }),
      viewers: [viewer({ framesDropped: 1 })],
    };
    expect(formatStats('live', now, null)).toContain(
      "3 dropped (encoder busy 2, viewers' network 1)",
    );
  });
});

describe('StatsLog', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(intervalMs: number): {
    lines: string[];
    watched: { viewers: number };
    log: StatsLog;
  } {
    const lines: string[] = [];
    const watched = { viewers: 1 };
    const info = (line: object | string): void => void lines.push(line as string);
    const log = new StatsLog({
      name: 'live',
      intervalMs,
      stream: () => stream(watched),
      viewers: () => [],
      logger: { ...silentLogger, info },
    });
    return { lines, watched, log };
  }

  it('writes a line at each interval, and none while nobody watches', () => {
    const { lines, watched, log } = start(10_000);
    vi.advanceTimersByTime(25_000);
    expect(lines).toHaveLength(2);
    watched.viewers = 0;
    vi.advanceTimersByTime(30_000);
    expect(lines).toHaveLength(2);
    log.close();
    watched.viewers = 1;
    vi.advanceTimersByTime(30_000);
    expect(lines).toHaveLength(2);
    log.close();
  });

  it('writes nothing at 0', () => {
    const { lines } = start(0);
    vi.advanceTimersByTime(1_000_000);
    expect(lines).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('serverFigures', () => {
  it('takes the figures of the rendition that the viewer is on', () => {
    const half = rendition({
      id: 'vp8/half',
      encodeMs: 1.26,
      framesDropped: { busy: 4, failed: 1 },
    });
    const figures = serverFigures(
      stream({ renditions: [rendition(), half] }),
      viewer({ rendition: 'vp8/half', latencyMs: 41.26, framesDropped: 3 }),
    );
    expect(figures).toMatchObject({
      type: 'statistics',
      latencyMs: 41.3,
      rendition: 'vp8/half',
      encodeMs: 1.3,
      droppedEncoderBusy: 4,
      droppedEncoderFailed: 1,
      droppedNetwork: 3,
      viewers: 13,
    });
  });

  it('has no figures of a rendition that is not there', () => {
    expect(serverFigures(stream(), viewer({ rendition: null }))).toMatchObject({
      encoder: null,
      encodeMs: null,
      droppedEncoderBusy: 0,
    });
  });
});
