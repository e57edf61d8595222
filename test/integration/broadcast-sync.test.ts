import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { RtcpSrPacket } from 'werift';
import { ReceivedVideoDecoder } from '../../src/codec/received-video-decoder.js';
import { createServer } from '../../src/index.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { readTimestampStrip } from '../../src/source/testsrc/timestamp-strip.js';
import type { ReceivedFrame } from '../support/rtp-frames.js';
import { postOffer, WeriftViewer } from '../support/werift-viewer.js';

/** What a sender report says: this RTP timestamp is that time of day, in ms. */
interface Report {
  rtp: number;
  ntpMs: number;
}

/** From 1900 to 1970, in seconds. */
const ntpEpoch = 2_208_988_800n;

function ntpMs(timestamp: bigint): number {
  const seconds = Number((timestamp >> 32n) - ntpEpoch);
  return seconds * 1000 + (Number(timestamp & 0xffff_ffffn) * 1000) / 2 ** 32;
}

/** The time of day of an RTP timestamp. */
function timeOf(rtp: number, report: Report, clockRate: number): number {
  return report.ntpMs + (((rtp - report.rtp) | 0) * 1000) / clockRate;
}

it('has sender reports for sound and pictures that agree, whatever a transform takes', async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  await using server = await createServer({
    customDataLocation: data,
    source: 'testsrc=size=640x360,rate=15',
    transforms: [
      async (frame) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return frame;
      },
    ],
  });
  await server.listen({ port: 0 });
  const frames: ReceivedFrame[] = [];
  await using viewer = await WeriftViewer.connect(postOffer(`${server.url}offer`), {
    audio: true,
    onFrame: (frame) => void frames.push(frame),
  });
  const reports = new Map<number, Report>();
  viewer.pc.dtlsTransports[0]?.onRtcp.subscribe((packet) => {
    if (!(packet instanceof RtcpSrPacket)) return;
    const { ntpTimestamp, rtpTimestamp } = packet.senderInfo;
    reports.set(packet.ssrc, { rtp: rtpTimestamp, ntpMs: ntpMs(ntpTimestamp) });
  });
  // The first long packet after a pause: short ones keep the silence alive.
  const bursts = (): typeof viewer.sounds => {
    const long = viewer.sounds.filter(({ payload }) => payload.length > 60);
    return long.filter(({ timestamp }, at) => {
      const before = long[at - 1]?.timestamp;
      return before !== undefined && ((timestamp - before) | 0) > 24_000;
    });
  };
  await vi.waitFor(
    () => {
      expect(reports.size).toBe(2);
      expect(bursts().length).toBeGreaterThan(1);
      expect(frames.length).toBeGreaterThan(10);
    },
    { timeout: 20_000, interval: 100 },
  );
  const videoSsrc = viewer.lastPacket?.header.ssrc ?? 0;
  const [audioSsrc = 0] = [...reports.keys()].filter((ssrc) => ssrc !== videoSsrc);

  // How much later than drawn pictures are said to be.
  const decoder = await ReceivedVideoDecoder.create('vp8');
  const offsets: number[] = [];
  for (const { timestamp, data: bytes, key } of frames) {
    const type = key ? 'key' : 'delta';
    const chunk = new EncodedVideoChunk({ type, timestamp: 0, data: bytes });
    for (const picture of await decoder.decode(chunk)) {
      const luma = picture.toBuffer({ format: 'GRAY8' });
      const drawn = readTimestampStrip(luma, 640, 640, 360);
      const said = timeOf(timestamp, reports.get(videoSsrc)!, 90_000);
      if (drawn !== null) offsets.push(said - drawn);
      picture.close();
    }
  }
  await decoder.close();
  expect(offsets.length).toBeGreaterThan(5);
  const pictures = offsets.sort((a, b) => a - b)[offsets.length >> 1]!;

  // A burst begins in the first piece after the silence, or in the next.
  const said = timeOf(bursts().at(-1)!.timestamp, reports.get(audioSsrc)!, 48_000);
  const sound = said - Math.round(said / 1000) * 1000;
  expect(Math.abs(sound - pictures)).toBeLessThan(45);
});
