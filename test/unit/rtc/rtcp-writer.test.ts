import {
  GenericNack,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpPacketConverter,
  RtcpRrPacket,
} from 'werift';
import { describe, expect, it } from 'vitest';
import {
  writeBandwidth,
  writeNack,
  writePictureLoss,
  writeReceiverReport,
} from '../../../src/rtc/rtcp-writer.js';

const sender = { ssrc: 7, cname: 'name' };

/** What another implementation reads. */
function read(packet: Buffer): unknown[] {
  expect(packet.length % 4).toBe(0);
  return RtcpPacketConverter.deSerialize(packet);
}

function feedbackOf(packet: Buffer): unknown {
  const [report, description, feedback] = read(writeReceiverReport(sender, [], [packet]));
  expect(report).toMatchObject({ ssrc: 7, reports: [] });
  // It reads on beyond the end of a description.
  const [chunk] = (description as { chunks: unknown[] }).chunks;
  expect(chunk).toMatchObject({ source: 7, items: [{ text: 'name' }] });
  return (feedback as { feedback: unknown }).feedback;
}

it('writes receiver reports', () => {
  const block = {
    ssrc: 9,
    fractionLost: 64,
    packetsLost: -3,
    highest: 2 * 65_536 + 5,
    jitter: 90,
    lastReport: 0xaabb_ccdd,
    sinceLastReport: 65_536,
  };
  const [report] = read(writeReceiverReport(sender, [block, { ...block, ssrc: 10 }]));
  expect(report).toBeInstanceOf(RtcpRrPacket);
  expect((report as RtcpRrPacket).reports).toHaveLength(2);
  expect((report as RtcpRrPacket).reports[0]).toMatchObject({
    ssrc: 9,
    fractionLost: 64,
    packetsLost: 0xff_fffd,
    highestSequence: 2 * 65_536 + 5,
    jitter: 90,
    lsr: 0xaabb_ccdd,
    dlsr: 65_536,
  });
  const huge = { ...block, packetsLost: 2 ** 30, highest: 2 ** 40, sinceLastReport: 2 ** 40 };
  expect((read(writeReceiverReport(sender, [huge]))[0] as RtcpRrPacket).reports[0]).toMatchObject({
    packetsLost: 0x7f_ffff,
  });
});

it('asks for key frames', () => {
  const feedback = feedbackOf(writePictureLoss(7, 9));
  expect(feedback).toBeInstanceOf(PictureLossIndication);
  expect(feedback).toMatchObject({ senderSsrc: 7, mediaSsrc: 9 });
});

describe('asks for packets', () => {
  it.each([
    [[5]],
    [[5, 6, 21]],
    [[5, 22, 23, 500]],
    [[65_534, 65_535, 0, 1]],
    [Array.from({ length: 256 }, (_, i) => (65_400 + i) & 0xffff)],
  ])('%j', (lost) => {
    const feedback = feedbackOf(writeNack(7, 9, lost));
    expect(feedback).toBeInstanceOf(GenericNack);
    expect(feedback).toMatchObject({ senderSsrc: 7, mediaSourceSsrc: 9 });
    // It counts on beyond the roll-over.
    expect((feedback as GenericNack).lost.map((number) => number & 0xffff)).toEqual(lost);
  });
});

it.each([
  [0, 0],
  [100_000, 100_000],
  [2_500_000, 2_500_000],
  [2_500_001, 2_500_000],
  [1e9, 999_997_440],
])('says that %i bits a second are welcome', (bitrate, read) => {
  const feedback = feedbackOf(writeBandwidth(7, 9, bitrate));
  expect(feedback).toBeInstanceOf(ReceiverEstimatedMaxBitrate);
  expect(feedback).toMatchObject({ bitrate: BigInt(read), ssrcFeedbacks: [9] });
});
