import { SrtpSession } from 'werift';
import { describe, expect, it } from 'vitest';
import { SrtpReader } from '../../../src/rtc/srtp-reader.js';
import { createSrtpWriter } from '../../../src/rtc/srtp-writer.js';
import { pseudoRandom } from '../../support/rtp-packets.js';
import { sealPacket } from '../../support/sealed-packet.js';

const any = (): boolean => true;

function session(profile: 1 | 7): SrtpSession {
  const key = Buffer.alloc(16, 1);
  const salt = Buffer.alloc(profile === 7 ? 12 : 14, 2);
  const keys = {
    localMasterKey: key,
    localMasterSalt: salt,
    remoteMasterKey: key,
    remoteMasterSalt: salt,
  };
  return new SrtpSession({ keys, profile });
}

/** Encrypts packets of one sender or more. */
function sender(profile: 1 | 7): (index: number, text: string, ssrc?: number) => Buffer {
  const writer = createSrtpWriter(session(profile));
  return (index, text, ssrc = 1111) =>
    sealPacket(writer, Buffer.from(text), {
      ssrc,
      index,
      marker: true,
      timestamp: 77,
      mid: 'video',
    });
}

describe.each([7, 1] as const)('SRTP profile %i', (profile) => {
  it('is read, over roll-overs, out of order, of several senders', () => {
    const reader = new SrtpReader(session(profile));
    const send = sender(profile);
    for (let block = 60_000; block < 60_000 + 140_000; block += 500) {
      const packets = Array.from({ length: 20 }, (_, i) => ({
        index: block + i,
        data: send(block + i, `packet ${block + i}`),
      }));
      for (const { index, data } of block % 2000 === 0 ? packets.reverse() : packets) {
        expect(reader.read(data, any)).toMatchObject({
          index,
          sequenceNumber: index & 0xffff,
          timestamp: 77,
          ssrc: 1111,
          marker: true,
          payload: Buffer.from(`packet ${index}`),
        });
      }
    }
    expect(reader.read(send(5, 'other', 2222), any)).toMatchObject({ index: 5, ssrc: 2222 });
  });

  it('takes nothing twice, and nothing from long ago', () => {
    const reader = new SrtpReader(session(profile));
    const send = sender(profile);
    const packets = Array.from({ length: 1500 }, (_, i) => send(100 + i, 'x'));
    expect(reader.read(packets[0]!, any)).not.toBeNull();
    expect(reader.read(packets[0]!, any)).toBeNull();
    expect(reader.read(packets[1400]!, any)).not.toBeNull();
    expect(reader.read(packets[1]!, any)).toBeNull();
    expect(reader.read(packets[1000]!, any)).not.toBeNull();
    expect(reader.read(packets[1000]!, any)).toBeNull();
  });

  it('takes nothing forged, whatever it is, and does not throw', () => {
    const reader = new SrtpReader(session(profile));
    const packet = sender(profile)(1, 'genuine');
    const random = pseudoRandom(1);
    for (let length = 0; length < 80; length++) {
      const noise = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
      if (length > 0) noise[0] = 0x80 | ((noise[0] ?? 0) & 0x3f);
      expect(reader.read(noise, any)).toBeNull();
    }
    for (let at = 0; at < packet.length; at++) {
      const forged = Buffer.from(packet);
      forged[at] = (forged[at] ?? 0) ^ 0x01;
      expect(reader.read(forged, any)).toBeNull();
      expect(reader.read(packet.subarray(0, at), any)).toBeNull();
    }
    expect(reader.read(packet, any)).not.toBeNull();
  });

  it('leaves alone what is not wanted, and senders without number', () => {
    const reader = new SrtpReader(session(profile));
    const send = sender(profile);
    expect(reader.read(send(1, 'x'), ({ payloadType }) => payloadType === 97)).toBeNull();
    const taken = Array.from({ length: 100 }, (_, ssrc) =>
      reader.read(send(1, 'x', ssrc + 1), any),
    );
    expect(taken.filter((packet) => packet !== null)).toHaveLength(32);
    expect(reader.read(send(2, 'x', 1), any)).not.toBeNull();
  });
});
