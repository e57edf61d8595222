import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RtpStream } from '../../../src/rtc/rtp-stream.js';
import type { RtpStreamOptions } from '../../../src/rtc/rtp-stream.js';
import { createSendStats } from '../../../src/rtc/viewer-stats.js';
import { CollectingLink } from '../../support/collecting-link.js';
import type { CollectedPacket } from '../../support/collecting-link.js';

const identity = { ssrc: 1111, rtxSsrc: 2222, cname: 'name' };
const rtxPayloadType = 97;

function createStream(options: Partial<RtpStreamOptions> = {}): {
  stream: RtpStream;
  link: CollectingLink;
  stats: ReturnType<typeof createSendStats>;
  media: () => CollectedPacket[];
  resent: () => CollectedPacket[];
} {
  const link = new CollectingLink();
  const stats = createSendStats();
  const stream = new RtpStream(link.link, {
    identity,
    mid: '0',
    extensions: {},
    payloadType: 96,
    paced: true,
    rtxPayloadType,
    clockRate: 90_000,
    stats,
    ...options,
  });
  const of = (ssrc: number) => () => link.packets.filter((packet) => packet.ssrc === ssrc);
  return { stream, link, stats, media: of(1111), resent: of(2222) };
}

/** So many payloads, which say their place. */
function picture(count: number, size = 1100): Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const payload = Buffer.alloc(size);
    payload.writeUInt16BE(i, 0);
    return payload;
  });
}

const marks = { key: false, marker: true };

/** The numbers of packets, from 0 on. */
function steps(packets: readonly CollectedPacket[]): number[] {
  const first = packets[0]?.sequenceNumber ?? 0;
  return packets.map(({ sequenceNumber }) => (sequenceNumber - first) & 0xffff);
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'setImmediate', 'performance', 'Date'],
    now: 1_000_000,
  });
  vi.advanceTimersByTime(1000);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('RtpStream, paced', () => {
  it('sends what is small at once', () => {
    const { stream, media, stats } = createStream();
    stream.send(0, picture(8), marks);
    stream.send(33_333, picture(1), { key: true, marker: true });
    expect(media()).toHaveLength(9);
    expect(steps(media())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(media().map(({ marker }) => marker)).toEqual([
      ...Array<boolean>(7).fill(false),
      true,
      true,
    ]);
    expect(((media()[8]?.timestamp ?? 0) - (media()[0]?.timestamp ?? 0)) >>> 0).toBe(3000);
    expect(stats).toMatchObject({
      packetsSent: 9,
      bytesSent: 9900,
      framesSent: 2,
      keyFramesSent: 1,
    });
    expect(stream.waitingBytes).toBe(0);
  });

  it('sends a large key frame in slices, in order, and what comes later behind it', () => {
    const { stream, media } = createStream();
    stream.send(0, picture(100), { key: true, marker: true });
    expect(media().length).toBeGreaterThan(10);
    expect(media().length).toBeLessThan(25);
    expect(stream.waitingBytes).toBe((100 - media().length) * 1100);
    stream.send(33_333, picture(2), marks);
    expect(media().length).toBeLessThan(25);
    const before = performance.now();
    while (stream.waitingBytes > 0) {
      const count = media().length;
      vi.advanceTimersToNextTimer();
      expect(media().length - count).toBeLessThan(25);
    }
    expect(performance.now() - before).toBeLessThan(10);
    expect(steps(media())).toEqual(Array.from({ length: 102 }, (_, i) => i));
    expect(media().flatMap(({ marker }, i) => (marker ? [i] : []))).toEqual([99, 101]);
    expect(media().map(({ payload }) => payload.readUInt16BE(0))).toEqual([
      ...Array.from({ length: 100 }, (_, i) => i),
      0,
      1,
    ]);
  });

  it('keeps to the pace it is told', () => {
    const { stream, media } = createStream();
    stream.setPace(2_000_000);
    vi.advanceTimersByTime(100);
    stream.send(0, picture(50), marks);
    expect(media().length).toBeLessThan(8);
    expect(stream.waitingMs).toBeCloseTo((stream.waitingBytes * 8) / 2000, 0);
    vi.advanceTimersByTime(100);
    expect(media().length).toBeGreaterThan(25);
    expect(media().length).toBeLessThan(32);
    stream.setPace(null);
    vi.advanceTimersByTime(5);
    expect(media()).toHaveLength(50);
  });

  it('needs one timer for any number of viewers, who take turns', () => {
    const streams = Array.from({ length: 5 }, () => createStream());
    for (const { stream } of streams) stream.send(0, picture(60), marks);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersToNextTimer();
    const counts = streams.map(({ media }) => media().length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(3);
    vi.advanceTimersByTime(20);
    expect(streams.every(({ media }) => media().length === 60)).toBe(true);
  });

  it('forgets what waits when it is closed, or has no way', () => {
    const closed = createStream();
    closed.stream.send(0, picture(60), marks);
    const count = closed.media().length;
    closed.stream.close();
    const lost = createStream();
    lost.link.connected = false;
    lost.stream.send(0, picture(60), marks);
    vi.advanceTimersByTime(20);
    expect(closed.media()).toHaveLength(count);
    expect([closed.stream.waitingBytes, lost.stream.waitingBytes]).toEqual([0, 0]);
    expect(lost.stats.packetsSent).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('RtpStream, asked for packets again', () => {
  const nack = (...lost: number[]) => ({ kind: 'nack', media: 1111, lost }) as const;

  it('sends them over RTX, before what waits', () => {
    const { stream, link, media, resent, stats } = createStream();
    stream.send(0, picture(3), marks);
    const [, second] = media();
    stream.send(33_333, picture(60), marks);
    vi.advanceTimersToNextTimer();
    const count = link.packets.length;
    stream.handleRtcp(nack(second?.sequenceNumber ?? 0));
    vi.advanceTimersToNextTimer();
    const [again] = resent();
    expect(link.packets[count]).toBe(again);
    expect(again).toMatchObject({ payloadType: rtxPayloadType, timestamp: second?.timestamp });
    expect(again?.payload.readUInt16BE(0)).toBe(second?.sequenceNumber);
    expect(again?.payload.subarray(2)).toEqual(second?.payload);
    expect(stats).toMatchObject({ nackCount: 1, packetsRetransmitted: 1 });
    vi.advanceTimersByTime(20);
  });

  it('sends nothing twice within a round trip, nothing old, nothing that was never sent', () => {
    const { stream, media, resent, stats } = createStream();
    stream.send(0, picture(4), marks);
    const numbers = media().map(({ sequenceNumber }) => sequenceNumber);
    const [first = 0] = numbers;
    const last = numbers.at(-1) ?? 0;
    stats.roundTripMs = 80;
    for (let i = 0; i < 7; i++) {
      stream.handleRtcp(nack(first, first - 1, last + 1, first));
      vi.advanceTimersByTime(10);
    }
    expect(resent()).toHaveLength(1);
    vi.advanceTimersByTime(20);
    stream.handleRtcp(nack(first));
    expect(resent()).toHaveLength(2);
    expect(steps(resent())).toEqual([0, 1]);
    vi.advanceTimersByTime(2000);
    stream.handleRtcp(nack(...numbers));
    expect(resent()).toHaveLength(2);
  });

  it('lets a viewer that asks for everything again have no more than was sent since, and some', () => {
    const { stream, link, media, resent } = createStream();
    let asked = 0;
    for (let i = 0; i < 300; i++) {
      stream.send(i * 33_333, picture(2), marks);
      const lost = media()
        .slice(-60)
        .map(({ sequenceNumber }) => sequenceNumber);
      for (let k = 0; k < 5; k++) {
        asked += lost.length;
        stream.handleRtcp(nack(...lost));
        vi.advanceTimersByTime(6);
      }
    }
    const total = (packets: CollectedPacket[]): number =>
      packets.reduce((sum, { data }) => sum + data.length, 0);
    expect(total(resent())).toBeLessThan(total(media()) + 100 * 1024);
    expect(asked).toBeGreaterThan(link.packets.length * 10);
    vi.advanceTimersByTime(100);
  });

  it('sends the very same packet again where there is no RTX', () => {
    const { stream, link, media, stats } = createStream({
      rtxPayloadType: null,
      extensions: { absSendTime: { id: 2, oneWay: false } },
    });
    stream.send(0, picture(4), marks);
    const [, second] = media();
    vi.advanceTimersByTime(30);
    stream.handleRtcp(nack(second?.sequenceNumber ?? 0));
    expect(link.packets).toHaveLength(5);
    expect(link.packets[4]?.data).toEqual(second?.data);
    expect(stats.packetsRetransmitted).toBe(1);
  });
});

describe('RtpStream, padding', () => {
  it('sends the newest packets once more over RTX', () => {
    const { stream, media, resent, stats } = createStream();
    expect(stream.sendPadding(5000)).toBe(0);
    stream.send(0, picture(3), marks);
    const bytes = stream.sendPadding(5000);
    expect(bytes).toBeGreaterThanOrEqual(5000);
    expect(bytes).toBeLessThan(6200);
    expect(resent()).toHaveLength(5);
    const originals = media().map(({ sequenceNumber }) => sequenceNumber);
    expect(resent().every(({ payload }) => originals.includes(payload.readUInt16BE(0)))).toBe(true);
    expect(stats).toMatchObject({ packetsSent: 3, packetsRetransmitted: 0 });
  });

  it('sends none while pictures wait, and none without RTX', () => {
    const busy = createStream();
    busy.stream.send(0, picture(60), marks);
    expect(busy.stream.sendPadding(1000)).toBe(0);
    busy.stream.close();
    const bare = createStream({ rtxPayloadType: null });
    bare.stream.send(0, picture(1), marks);
    expect(bare.stream.sendPadding(1000)).toBe(0);
    vi.advanceTimersByTime(2);
  });
});

describe('RtpStream, transport-wide numbers', () => {
  it('numbers media and retransmissions in one row, and logs them', () => {
    const { stream, link, media } = createStream({
      extensions: { transportSequence: { id: 3, oneWay: false } },
    });
    stream.send(0, picture(2), marks);
    const sentAt = performance.now();
    vi.advanceTimersByTime(30);
    const nack = [media()[0]?.sequenceNumber ?? 0];
    stream.handleRtcp({ kind: 'nack', media: 1111, lost: nack });
    stream.send(33_333, picture(1), marks);
    // The extension is the first after the fixed header and its own.
    expect(link.packets.map(({ data }) => data.readUInt16BE(17))).toEqual([0, 1, 2, 3]);
    expect(link.sentLog.lookup(1)).toMatchObject({ sentAtMs: sentAt });
    expect(link.sentLog.lookup(2)).toMatchObject({ sentAtMs: performance.now() });
  });
});

describe('RtpStream, unpaced', () => {
  it('sends all at once, and nothing again', () => {
    const { stream, link, media } = createStream({ paced: false, rtxPayloadType: null });
    stream.send(0, picture(60, 200), marks);
    expect(steps(media())).toEqual(Array.from({ length: 60 }, (_, i) => i));
    const lost = media().map(({ sequenceNumber }) => sequenceNumber);
    stream.handleRtcp({ kind: 'nack', media: 1111, lost });
    expect(link.packets).toHaveLength(60);
    expect(stream.sendPadding(1000)).toBe(0);
  });

  it('reports the time of what was sent last', () => {
    const { stream, link } = createStream({ paced: false, rtxPayloadType: null });
    stream.report();
    expect(link.rtcp).toHaveLength(0);
    stream.send(0, picture(1, 200), marks);
    vi.advanceTimersByTime(500);
    stream.report();
    const [report] = link.rtcp;
    const [packet] = link.packets;
    // Half a second on the 90 kHz clock.
    expect(((report?.readUInt32BE(16) ?? 0) - (packet?.timestamp ?? 0)) >>> 0).toBe(45_000);
  });
});
