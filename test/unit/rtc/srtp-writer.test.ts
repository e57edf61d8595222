import { RtpPacket, SrtpSession } from 'werift';
import { describe, expect, it } from 'vitest';
import { RtpHeaderWriter } from '../../../src/rtc/rtp-header.js';
import { createSrtpWriter } from '../../../src/rtc/srtp-writer.js';

const key = Buffer.alloc(16, 1);

function session(profile: 1 | 7): SrtpSession {
  const salt = Buffer.alloc(profile === 7 ? 12 : 14, 2);
  return new SrtpSession({
    keys: {
      localMasterKey: key,
      localMasterSalt: salt,
      remoteMasterKey: key,
      remoteMasterSalt: salt,
    },
    profile,
  });
}

describe.each([7, 1] as const)('SRTP profile %i', (profile) => {
  it('is read by another implementation, over two roll-overs and two SSRCs', () => {
    const writer = createSrtpWriter(session(profile));
    const reader = session(profile);
    const headers = new RtpHeaderWriter({}, '');
    const payload = Buffer.from('some payload');
    const send = (ssrc: number, sequenceNumber: number): void => {
      const fields = { payloadType: 96, marker: false, sequenceNumber, timestamp: 1, ssrc };
      const header = headers.write(fields, { mid: false, playoutDelay: false });
      const packet = RtpPacket.deSerialize(reader.decrypt(writer.encrypt(payload, header)));
      expect(packet.header).toMatchObject({ ssrc, sequenceNumber });
      expect(packet.payload.toString()).toBe('some payload');
    };
    for (
      let i = 65_000;
      i < 65_000 + 66_200;
      i += i % 65_536 > 200 && i % 65_536 < 65_300 ? 50 : 1
    ) {
      send(1111, i & 0xffff);
      if (i % 7 === 0) send(2222, (i / 7) & 0xffff);
    }
  });
});
