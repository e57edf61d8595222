import { RtpHeader, RtcpPacketConverter, RtcpSrPacket } from 'werift';
import { describe, expect, it } from 'vitest';
import { RtpHeaderWriter, ntpNow } from '../../../src/rtc/rtp-header.js';
import { writeSenderReport } from '../../../src/rtc/rtcp-writer.js';

const fields = {
  payloadType: 108,
  marker: true,
  sequenceNumber: 65_535,
  timestamp: 0xfedc_ba98,
  ssrc: 0x8123_4567,
};
const ids = {
  mid: { id: 9, oneWay: false },
  absSendTime: { id: 2, oneWay: false },
  playoutDelay: { id: 5, oneWay: false },
};

describe('RtpHeaderWriter', () => {
  it('writes what another implementation reads', () => {
    const header = new RtpHeaderWriter(ids, 'video0').write(fields, {
      mid: true,
      playoutDelay: true,
    });
    const read = RtpHeader.deSerialize(header.serialize());
    expect(read).toMatchObject({ version: 2, ...fields });
    expect(read.payloadOffset).toBe(header.serializeSize);
    const extensions = new Map(read.extensions.map(({ id, payload }) => [id, payload]));
    expect(extensions.get(9)?.toString()).toBe('video0');
    expect(extensions.get(2)).toHaveLength(3);
    expect(extensions.get(5)?.toString('hex')).toBe('000028');
  });

  it('leaves out what was not offered or is not needed', () => {
    const none = { mid: false, playoutDelay: false };
    expect(
      new RtpHeaderWriter({}, '0').write(fields, { mid: true, playoutDelay: true }),
    ).toMatchObject({
      serializeSize: 12,
    });
    const only = new RtpHeaderWriter(ids, '0').write(fields, none).serialize();
    expect(RtpHeader.deSerialize(only).extensions.map(({ id }) => id)).toEqual([2]);
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
