import { Socket } from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { PacketizedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { LiveChunks } from '../support/live-chunks.js';
import { connectPair } from '../support/peer-pair.js';
import type { WeriftViewer } from '../support/werift-viewer.js';

/** VP8 as far as a depacketizer looks: `packets` of a key or delta picture. */
function picture(type: 'key' | 'delta', number: number, packets = 3): PacketizedVideoChunk {
  const payloads = Array.from({ length: packets }, (_, index) => {
    const payload = Buffer.alloc(200, number);
    payload[0] = index === 0 ? 0x10 : 0;
    payload[1] = type === 'key' ? 0 : 1;
    return payload;
  });
  const timestamp = number * 40_000;
  return { chunk: new EncodedVideoChunk({ type, timestamp, data: Buffer.alloc(1) }), payloads };
}

describe.each(['vp8', 'h264', 'vp9'] as const)('a %s viewer', (codec) => {
  it('gets real pictures, a key frame first, and more at PLI and FIR', async () => {
    await using live = await LiveChunks.start(codec);
    const frames: boolean[] = [];
    const options = {
      codecs: [codec],
      onFrame: (frame: { key: boolean }) => frames.push(frame.key),
    };
    await using pair = await connectPair(options, {}, (session) => {
      live.add(session);
    });
    const { viewer, session } = pair;
    await viewer.waitForFrames(10);
    expect(frames[0]).toBe(true);
    expect(viewer.keyFrames).toBe(1);
    await viewer.requestKeyFrame('pli');
    await viewer.waitFor(() => viewer.keyFrames === 2, 'the key frame of a PLI');
    await viewer.requestKeyFrame('fir');
    await viewer.waitFor(() => viewer.keyFrames === 3, 'the key frame of a FIR');
    expect(session.stats()).toMatchObject({ pliCount: 1, firCount: 1, framesDropped: 0 });
    expect(viewer.lost).toBe(0);
  });
});

describe('RTP', () => {
  async function sendAll(
    session: { write(chunk: PacketizedVideoChunk): void },
    viewer: WeriftViewer,
    count: number,
  ): Promise<void> {
    for (let i = 0; i < count; i++) {
      session.write(picture(i === 0 ? 'key' : 'delta', i));
      // As fast as it arrives: the receiver's buffer is finite.
      if (i % 10 === 9) await viewer.waitForFrames(Math.max(1, i - 20));
    }
  }

  it.each([true, false])('repairs losses after NACKs (RTX %s)', async (rtx) => {
    const lost = new Set<number>();
    const drop = ({
      sequenceNumber,
      payloadType,
    }: {
      sequenceNumber: number;
      payloadType: number;
    }) => {
      // Every seventh packet, the first time it comes.
      if (payloadType !== 96 || sequenceNumber % 7 !== 0 || lost.has(sequenceNumber)) return false;
      lost.add(sequenceNumber);
      return true;
    };
    await using pair = await connectPair({ rtx, drop });
    await sendAll(pair.session, pair.viewer, 60);
    // The end of a burst is missed by nobody who waits for a next packet: send on.
    let number = 60;
    await vi.waitFor(
      () => {
        pair.session.write(picture('delta', number++));
        expect(pair.viewer.frames).toBeGreaterThanOrEqual(60);
      },
      { timeout: 10_000, interval: 20 },
    );
    expect(lost.size).toBeGreaterThan(10);
    expect(pair.viewer.lost).toBe(0);
    expect(pair.session.stats().packetsRetransmitted).toBeGreaterThanOrEqual(10);
    expect(pair.session.stats().nackCount).toBeGreaterThan(0);
  });

  it('numbers packets without gaps and times them on 90 kHz from a random start', async () => {
    const seen: { timestamp: number }[] = [];
    await using pair = await connectPair({ onFrame: (frame) => seen.push(frame) });
    for (let i = 0; i < 5; i++) pair.session.write(picture(i === 0 ? 'key' : 'delta', i));
    await pair.viewer.waitForFrames(5);
    const steps = seen.slice(1).map(({ timestamp }, i) => (timestamp - seen[i]!.timestamp) >>> 0);
    expect(steps).toEqual([3600, 3600, 3600, 3600]);
    expect(pair.session.stats()).toMatchObject({ packetsSent: 15, bytesSent: 3000, framesSent: 5 });
  });

  it('never sends two pictures of one moment: browsers would throw the second and all after it away', async () => {
    const seen: { timestamp: number }[] = [];
    await using pair = await connectPair({ onFrame: (frame) => seen.push(frame) });
    // As when a viewer moves to a rendition whose encoder is behind.
    for (const [type, at] of [
      ['key', 5],
      ['delta', 6],
      ['key', 6],
      ['key', 5],
      ['delta', 7],
      // A source that began anew is another matter.
      ['key', 107],
    ] as const) {
      pair.session.write(picture(type, at));
    }
    await pair.viewer.waitForFrames(6);
    const steps = seen.slice(1).map(({ timestamp }, i) => (timestamp - seen[i]!.timestamp) >>> 0);
    expect(steps).toEqual([3600, 90, 90, 3420, 360_000]);
  });

  it('leaves shared payloads alone, and gives each viewer its own header', async () => {
    await using a = await connectPair();
    await using b = await connectPair();
    const shared = picture('key', 1);
    const before = Buffer.concat(shared.payloads);
    a.session.write(shared);
    b.session.write(shared);
    await Promise.all([a.viewer.waitForFrames(1), b.viewer.waitForFrames(1)]);
    expect(Buffer.concat(shared.payloads)).toEqual(before);
    expect(a.viewer.lastPacket?.header.ssrc).not.toBe(b.viewer.lastPacket?.header.ssrc);
  });

  it('sends nothing before a key frame, and asks for it', async () => {
    const reasons: string[] = [];
    await using pair = await connectPair({}, {}, (session) => {
      session.on('keyframerequest', (reason) => reasons.push(reason));
      session.write(picture('key', 0));
    });
    expect(reasons).toEqual(['joining', 'joined']);
    pair.session.write(picture('delta', 1));
    pair.session.write(picture('key', 2));
    pair.session.write(picture('delta', 3));
    await pair.viewer.waitForFrames(2);
    expect(pair.session.stats()).toMatchObject({
      framesSent: 2,
      keyFramesSent: 1,
      framesDropped: 0,
    });
  });

  it('learns round trip and loss from reports', async () => {
    await using pair = await connectPair();
    let number = 0;
    pair.session.write(picture('key', number++));
    await vi.waitFor(
      () => {
        pair.session.write(picture('delta', number++));
        const stats = pair.session.stats();
        expect(stats).toMatchObject({ packetsLost: 0, fractionLost: 0 });
        expect(stats.roundTripMs).toBeGreaterThanOrEqual(0);
      },
      { timeout: 10_000, interval: 30 },
    );
  });

  describe('with a network that takes no more', () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it('drops up to the next key frame, counts, and asks for one', async () => {
      const reasons: string[] = [];
      await using pair = await connectPair({}, {}, (session) => {
        session.on('keyframerequest', (reason) => reasons.push(reason));
      });
      const { session, viewer } = pair;
      session.write(picture('key', 0));
      // Loopback takes everything, so the backlog has to be claimed.
      const backlog = vi.spyOn(Socket.prototype, 'getSendQueueSize').mockReturnValue(1_000_000);
      session.write(picture('delta', 1));
      backlog.mockReturnValue(0);
      session.write(picture('delta', 2));
      session.write(picture('key', 3));
      session.write(picture('delta', 4));
      await viewer.waitForFrames(3);
      expect(session.stats()).toMatchObject({ framesSent: 3, framesDropped: 2, keyFramesSent: 2 });
      await vi.waitFor(
        () => {
          backlog.mockReturnValue(1_000_000);
          session.write(picture('delta', 5));
          expect(reasons).toContain('dropped');
        },
        { timeout: 5000, interval: 50 },
      );
    });
  });
});

describe('data channel', () => {
  it('carries JSON both ways', async () => {
    const received: unknown[] = [];
    await using pair = await connectPair({ dataChannel: 'any label' }, {}, (session) => {
      session.on('message', (value) => received.push(value));
      session.sendMessage({ before: 'it is open' });
    });
    const { session, viewer } = pair;
    await viewer.waitFor(() => viewer.channelOpen, 'the channel to open');
    viewer.sendMessage({ hello: [1, 'ü'] });
    await viewer.waitFor(() => received.length > 0, 'the message');
    expect(received).toEqual([{ hello: [1, 'ü'] }]);
    session.sendMessage({ boxes: [[1, 2]] });
    await viewer.waitFor(() => viewer.messages.length > 0, 'the answer');
    expect(viewer.messages).toEqual([{ boxes: [[1, 2]] }]);
    expect(session.stats()).toMatchObject({ messagesSent: 1, messagesDropped: 0 });
  });

  it('drops what does not fit, and counts it', async () => {
    await using pair = await connectPair({ dataChannel: 'x' });
    await pair.viewer.waitFor(() => pair.viewer.channelOpen, 'the channel to open');
    const long = 'x'.repeat(60_000);
    await pair.viewer.waitFor(() => {
      for (let i = 0; i < 50; i++) pair.session.sendMessage(long);
      return pair.session.stats().messagesDropped > 0;
    }, 'the channel to be full');
    expect(pair.session.stats().messagesSent).toBeGreaterThan(3);
  });

  it('refuses what is no JSON', async () => {
    await using pair = await connectPair();
    expect(() => {
      pair.session.sendMessage(undefined);
    }).toThrow(TypeError);
    expect(() => {
      pair.session.sendMessage(1n);
    }).toThrow(TypeError);
    pair.session.sendMessage({ goes: 'nowhere' });
    expect(pair.session.stats().messagesSent).toBe(0);
  });
});
