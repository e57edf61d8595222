import { describe, expect, it } from 'vitest';
import { BandwidthWish } from '../../../src/rtc/bandwidth-wish.js';
import { opusDuration } from '../../../src/rtc/opus-duration.js';
import { ReceivedStream } from '../../../src/rtc/received-stream.js';
import { received } from '../../support/rtp-packets.js';

/** Packets 20 ms apart, those of `lost` missing. */
function feed(stream: ReceivedStream, from: number, count: number, lost: number[] = []): void {
  for (let i = from; i < from + count; i++) {
    if (lost.includes(i)) continue;
    stream.note(received(i, { timestamp: (i * 960) >>> 0, payload: Buffer.alloc(10) }), i * 20);
  }
}

describe('what is reported', () => {
  it('is loss, since the last time and in all', () => {
    const stream = new ReceivedStream(48_000, null);
    expect(stream.report(0)).toEqual([]);
    feed(stream, 65_500, 100, [65_510, 65_511, 65_540, 65_541, 65_542]);
    expect(stream.report(0)).toEqual([
      {
        ssrc: 1111,
        fractionLost: Math.floor((5 / 100) * 256),
        packetsLost: 5,
        highest: 65_599,
        jitter: 0,
        lastReport: 0,
        sinceLastReport: 0,
      },
    ]);
    feed(stream, 65_600, 50);
    expect(stream.report(0)[0]).toMatchObject({ fractionLost: 0, packetsLost: 5 });
    // Late ones make up for what was counted as lost.
    feed(stream, 65_510, 2);
    expect(stream.report(0)[0]).toMatchObject({ fractionLost: 0, packetsLost: 3 });
    expect(stream.stats).toMatchObject({
      packetsReceived: 147,
      bytesReceived: 1470,
      packetsLost: 3,
    });
  });

  it('is all of them lost but one', () => {
    const stream = new ReceivedStream(48_000, null);
    feed(stream, 0, 1);
    stream.report(0);
    feed(stream, 1000, 1);
    expect(stream.report(0)[0]).toMatchObject({ fractionLost: 255, packetsLost: 999 });
  });

  it('is jitter after the rule of RFC 3550', () => {
    const stream = new ReceivedStream(48_000, null);
    let expected = 0;
    let last = 0;
    for (let i = 0; i < 200; i++) {
      const late = (i * 7) % 11;
      stream.note(received(i, { timestamp: i * 960 }), i * 20 + late);
      if (i > 0) expected += (Math.abs(late - last) * 48 - expected) / 16;
      last = late;
    }
    expect(stream.report(0)[0]?.jitter).toBe(Math.round(expected));
    expect(stream.stats.jitterMs).toBeCloseTo(expected / 48, 6);
    // A timestamp from another world is none.
    stream.note(received(200, { timestamp: 3_000_000_000 }), 4000);
    expect(stream.report(0)[0]?.jitter).toBe(Math.round(expected));
  });

  it('is the time since the last sender report, of this sender', () => {
    const stream = new ReceivedStream(48_000, null);
    feed(stream, 0, 1);
    stream.noteSenderReport(2222, 0x1111_1111, 1000);
    expect(stream.report(2000)[0]).toMatchObject({ lastReport: 0 });
    stream.noteSenderReport(1111, 0x1234_5678, 1000);
    expect(stream.report(1500)[0]).toMatchObject({
      lastReport: 0x1234_5678,
      sinceLastReport: 32_768,
    });
  });
});

describe('the sender', () => {
  it('is the announced one until one is heard', () => {
    const stream = new ReceivedStream(90_000, 4711);
    expect(stream.ssrc).toBe(4711);
    expect(stream.note(received(0), 0)).toBe('new');
    expect(stream.ssrc).toBe(1111);
  });

  it('gives way only when it has fallen silent', () => {
    const stream = new ReceivedStream(90_000, null);
    stream.note(received(0), 0);
    expect(stream.note(received(1, { ssrc: 2222 }), 100)).toBe('stranger');
    expect(stream.note(received(1), 400)).toBe('same');
    expect(stream.note(received(2, { ssrc: 2222 }), 800)).toBe('stranger');
    expect(stream.note(received(3, { ssrc: 2222 }), 901)).toBe('new');
    expect(stream.ssrc).toBe(2222);
    expect(stream.report(0)[0]).toMatchObject({ ssrc: 2222, packetsLost: 0, highest: 3 });
  });
});

it('asks for less while packets get lost', () => {
  const wish = new BandwidthWish(2_000_000);
  wish.adapt(0);
  expect(wish.bitrate).toBe(2_000_000);
  wish.adapt(0.5);
  expect(wish.bitrate).toBe(1_500_000);
  wish.adapt(0.05);
  expect(wish.bitrate).toBe(1_500_000);
  wish.adapt(0);
  expect(wish.bitrate).toBe(1_621_000);
  for (let i = 0; i < 50; i++) wish.adapt(1);
  expect(wish.bitrate).toBe(100_000);
  for (let i = 0; i < 50; i++) wish.adapt(0);
  expect(wish.bitrate).toBe(2_000_000);
});

it.each([
  [[0xf8], 20_000],
  [[0xe0], 2500],
  [[0x08], 20_000],
  [[0x18], 60_000],
  [[0x60], 10_000],
  [[0xf9], 40_000],
  [[0xfb, 3], 60_000],
  [[0xfb, 0x83], 60_000],
  [[0xfb], null],
  [[0x1b, 3], null],
  [[], null],
])('knows how long Opus %j is: %s', (bytes, duration) => {
  expect(opusDuration(Buffer.from(bytes))).toBe(duration);
});
