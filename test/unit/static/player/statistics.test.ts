import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';
import type { PageStatistics } from '../../../support/page-module.js';

const { StatisticsReader, lifeSigns } = await loadPageModule<{
  StatisticsReader: new () => { read(report: Map<string, object>): PageStatistics | null };
  lifeSigns: (report: Map<string, object>) => number | null;
}>('statistics');

describe('StatisticsReader', () => {
  const report = (timestamp: number, frames: number, more: object = {}): Map<string, object> =>
    new Map<string, object>([
      [
        'in',
        {
          type: 'inbound-rtp',
          kind: 'video',
          timestamp,
          framesDecoded: frames,
          bytesReceived: frames * 5000,
          jitterBufferDelay: frames * 0.02,
          jitterBufferEmittedCount: frames,
          totalDecodeTime: frames * 0.003,
          totalProcessingDelay: frames * 0.025,
          packetsReceived: frames * 5,
          packetsLost: frames,
          codecId: 'codec',
          frameWidth: 1280,
          frameHeight: 720,
          ...more,
        },
      ],
      ['codec', { type: 'codec', id: 'codec', mimeType: 'video/VP8' }],
      [
        'pair',
        { type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: 0.01 },
      ],
    ]);

  it('makes rates of two readings', () => {
    const reader = new StatisticsReader();
    expect(reader.read(report(0, 10))).toMatchObject({ framerate: null, width: 1280 });
    const second = reader.read(report(2000, 70));
    expect(second).toMatchObject({ framesDecoded: 70, framerate: 30, bitrate: 1_200_000 });
    expect(second).toMatchObject({ roundTripMs: 10, codec: 'VP8' });
    expect(second?.jitterBufferMs).toBeCloseTo(20);
    expect(second?.decodeMs).toBeCloseTo(3);
    expect(second?.fractionLost).toBeCloseTo(1 / 6);
  });

  it('knows less of a browser that tells less', () => {
    const reader = new StatisticsReader();
    const poor = { jitterBufferDelay: undefined, packetsLost: undefined, codecId: 'gone' };
    reader.read(report(0, 10, poor));
    expect(reader.read(report(1000, 40, poor))).toMatchObject({
      framerate: 30,
      jitterBufferMs: null,
      fractionLost: null,
      codec: null,
    });
  });

  it('counts what arrives by any way, that of a lost pair too', () => {
    const pair = (counts: object): object => ({ type: 'candidate-pair', ...counts });
    expect(
      lifeSigns(
        new Map([
          ['a', pair({ state: 'in-progress', bytesReceived: 500, responsesReceived: 3 })],
          ['b', pair({ state: 'succeeded', requestsReceived: 2 })],
          ['c', { type: 'transport', bytesReceived: 9 }],
        ]),
      ),
    ).toBe(505);
    expect(lifeSigns(new Map([['a', pair({})]]))).toBeNull();
  });

  it('knows nothing without video', () => {
    expect(new StatisticsReader().read(new Map())).toBeNull();
  });
});
