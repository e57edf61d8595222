import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';
import type { PageStatistics } from '../../../support/page-module.js';

interface LatencyParts {
  captureMs: number | null;
  captureToSendMs: number | null;
  roundTripMs: number | null;
  playoutMs: number | null;
}

const { latencyOf } = await loadPageModule<{
  latencyOf: (parts: LatencyParts) => { ms: number | null; whole: boolean };
}>('latency');
const { playoutOf } = await loadPageModule<{
  playoutOf: (
    statistics: Partial<PageStatistics> | null,
    playoutMs: number | null,
  ) => number | null;
}>('statistics');
const { FrameTimer } = await loadPageModule<{
  FrameTimer: new (video: object) => {
    note(times: { receiveTime?: number; captureTime?: number; expectedDisplayTime: number }): void;
    take(): { playoutMs: number | null; captureMs: number | null };
  };
}>('frame-timer');

describe('latency', () => {
  const none = { captureMs: null, captureToSendMs: null, roundTripMs: null, playoutMs: null };

  it('adds the server, half a round trip and the page', () => {
    const parts = { ...none, captureToSendMs: 12, roundTripMs: 10, playoutMs: 15 };
    expect(latencyOf(parts)).toEqual({ ms: 32, whole: true });
  });

  it('says when the part of the server is missing', () => {
    expect(latencyOf({ ...none, roundTripMs: 10, playoutMs: 15 })).toEqual({
      ms: 20,
      whole: false,
    });
    expect(latencyOf({ ...none, captureToSendMs: 12 })).toEqual({ ms: null, whole: false });
  });

  it('believes a browser that knows the time of capture', () => {
    expect(latencyOf({ ...none, captureMs: 40, playoutMs: 15 })).toEqual({ ms: 40, whole: true });
  });

  it('measures up to the screen where the browser tells, else up to the decoder', () => {
    expect(playoutOf({ processingMs: 9 }, 15)).toBe(15);
    expect(playoutOf({ processingMs: 9 }, null)).toBe(9);
    expect(playoutOf({ processingMs: null, jitterBufferMs: 4, decodeMs: 3 }, null)).toBe(7);
    expect(playoutOf(null, null)).toBeNull();
  });

  it('is the mean of the pictures since the last look; what cannot be is passed over', () => {
    const timer = new FrameTimer({});
    timer.note({ receiveTime: 100, expectedDisplayTime: 110 });
    timer.note({ receiveTime: 133, expectedDisplayTime: 153, captureTime: 113 });
    timer.note({ receiveTime: 9999, expectedDisplayTime: 170, captureTime: -99_999 });
    expect(timer.take()).toEqual({ playoutMs: 15, captureMs: 40 });
    expect(timer.take()).toEqual({ playoutMs: null, captureMs: null });
  });
});
