import { RtpHeader, RtcpPacketConverter, RtcpSrPacket } from 'werift';
import { describe, expect, it } from 'vitest';
import { RtpHeaderWriter, ntpNow } from '../../../src/rtc/rtp-header.js';
import type { RtpExtensionUse } from '../../../src/rtc/rtp-header.js';
import { writeSenderReport } from '../../../src/rtc/rtcp-writer.js';

const stream = { payloadType: 108, ssrc: 0x8123_4567 };
const timestamp = 0xfedc_ba98;
const ids = {
  mid: { id: 9, oneWay: false },
  absSendTime: { id: 2, oneWay: false },
  transportSequence: { id: 3, oneWay: false },
  playoutDelay: { id: 5, oneWay: false },
};

/** Two headers of one moment, with the numbers 65,535 and 0. */
function write(writer: RtpHeaderWriter, use: RtpExtensionUse, nowMs = 0): RtpHeader[] {
  const size = writer.begin(timestamp, use, nowMs);
  const out = Buffer.alloc(2 * size + 8, 0xff);
  writer.write(out, 4, size, false, 0xffff, 0x1234);
  writer.write(out, 4 + size, size, true, 0, 0x1235);
  expect(out.readUInt32BE(0)).toBe(0xffff_ffff);
  expect(out.readUInt32BE(4 + 2 * size)).toBe(0xffff_ffff);
  return [out.subarray(4, 4 + size), out.subarray(4 + size, 4 + 2 * size)].map((bytes) => {
    const header = RtpHeader.deSerialize(bytes);
    expect(header.payloadOffset).toBe(size);
    return header;
  });
}

function extensionsOf(header: RtpHeader): Map<number, string> {
  return new Map(header.extensions.map(({ id, payload }) => [id, payload.toString('hex')]));
}

describe('RtpHeaderWriter', () => {
  it('writes what another implementation reads', () => {
    const writer = new RtpHeaderWriter(ids, 'video0', stream);
    const [first, second] = write(writer, { mid: true, playoutDelayMs: 400 }, 65_500) as [
      RtpHeader,
      RtpHeader,
    ];
    const common = { version: 2, ...stream, timestamp };
    expect(first).toMatchObject({ ...common, marker: false, sequenceNumber: 0xffff });
    expect(second).toMatchObject({ ...common, marker: true, sequenceNumber: 0 });
    const extensions = extensionsOf(first);
    expect(extensions.get(9)).toBe(Buffer.from('video0').toString('hex'));
    // 65.5 s are 1.5 s after the roll-over.
    expect(extensions.get(2)).toBe((1.5 * 2 ** 18).toString(16).padStart(6, '0'));
    expect(extensions.get(5)).toBe('000028');
    expect(extensions.get(3)).toBe('1234');
    expect(extensionsOf(second).get(3)).toBe('1235');
    expect(writer.numbers).toBe(true);
  });

  it('leaves out what was not offered or is not needed', () => {
    const bare = new RtpHeaderWriter({}, '0', stream);
    expect(bare.begin(timestamp, { mid: true, playoutDelayMs: 400 }, 0)).toBe(12);
    expect(bare.numbers).toBe(false);
    const none = { mid: false, playoutDelayMs: null };
    const [only] = write(new RtpHeaderWriter(ids, '0', stream), none) as [RtpHeader];
    expect([...extensionsOf(only).keys()].sort()).toEqual([2, 3]);
  });

  it('says nothing of the stream before it', () => {
    const all = new RtpHeaderWriter(ids, 'a-long-name-of-a-section', stream);
    write(all, { mid: true, playoutDelayMs: 400 });
    const { mid } = ids;
    const [header] = write(new RtpHeaderWriter({ mid }, 'x', stream), {
      mid: true,
      playoutDelayMs: 400,
    }) as [RtpHeader];
    expect([...extensionsOf(header)]).toEqual([[9, Buffer.from('x').toString('hex')]]);
    expect(header.padding).toBe(false);
  });
});

describe('writeSenderReport', () => {
  it.each(['a', 'ab', 'abc', 'abcd', 'a-longer-canonical-name'])('with the name "%s"', (cname) => {
    const packet = writeSenderReport({
      ssrc: 0x8123_4567,
      cname,
      ntp: ntpNow(Date.UTC(2026, 0, 1) + 500),
      timestamp: 0xfedc_ba98,
      packets: 7,
      octets: 7000,
    });
    const [report, names] = RtcpPacketConverter.deSerialize(packet);
    expect(report).toBeInstanceOf(RtcpSrPacket);
    const { senderInfo } = report as RtcpSrPacket;
    expect(senderInfo).toMatchObject({
      rtpTimestamp: 0xfedc_ba98,
      packetCount: 7,
      octetCount: 7000,
    });
    const ntp = BigInt(Date.UTC(2026, 0, 1) / 1000 + 2_208_988_800) << 32n;
    expect(senderInfo.ntpTimestamp).toBe(ntp | 0x8000_0000n);
    expect(names).toMatchObject({ chunks: [{ items: [{ text: cname }] }] });
  });
});
