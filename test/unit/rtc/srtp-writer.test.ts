import { RtpPacket, SrtpSession } from 'werift';
import { describe, expect, it } from 'vitest';
import { PacketRun } from '../../../src/rtc/packet-run.js';
import { RtpHeaderWriter } from '../../../src/rtc/rtp-header.js';
import { createSrtpWriter } from '../../../src/rtc/srtp-writer.js';
import { sealPacket } from '../../support/sealed-packet.js';

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
    const payload = Buffer.from('some payload');
    const send = (ssrc: number, index: number): void => {
      const sealed = sealPacket(writer, payload, { ssrc, index });
      const packet = RtpPacket.deSerialize(reader.decrypt(sealed));
      expect(packet.header).toMatchObject({ ssrc, sequenceNumber: index & 0xffff });
      expect(packet.payload.toString()).toBe('some payload');
    };
    for (
      let i = 65_000;
      i < 65_000 + 66_200;
      i += i % 65_536 > 200 && i % 65_536 < 65_300 ? 50 : 1
    ) {
      send(0xf000_1111, i);
      if (i % 7 === 0) send(2222, i / 7);
    }
  });

  it('encrypts runs of packets of any length', () => {
    const writer = createSrtpWriter(session(profile));
    const reader = session(profile);
    const headers = new RtpHeaderWriter({}, '', { ssrc: 7, payloadType: 96 });
    const run = new PacketRun();
    const lengths = [1, 2, 3, 15, 16, 17, 31, 1150, 1199, 1200, 1201, 1202, 1203, 64, 5, 4];
    for (let index = 100; index < 100 + 16 * 3; index += lengths.length) {
      run.begin(7);
      const size = headers.begin(1, { mid: false, playoutDelayMs: null }, 0);
      const payloads = lengths.map((length, i) => Buffer.alloc(length, index + i));
      payloads.forEach((payload, i) => {
        expect(run.isFull(payload.length)).toBe(false);
        const at = run.add(size, payload.length, index + i);
        headers.write(run.bytes, at, size, false, index + i, 0);
        run.bytes.set(payload, at + size);
      });
      expect(run.isFull(1)).toBe(true);
      writer.seal(run);
      payloads.forEach((payload, i) => {
        const { header, payload: plain } = RtpPacket.deSerialize(reader.decrypt(run.packet(i)));
        expect(header.sequenceNumber).toBe(index + i);
        expect(plain).toEqual(payload);
      });
    }
  });
});
