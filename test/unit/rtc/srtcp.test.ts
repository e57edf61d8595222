import { SrtcpSession } from 'werift';
import { describe, expect, it } from 'vitest';
import { createSrtcpCipher } from '../../../src/rtc/srtcp.js';
import { writeReceiverReport } from '../../../src/rtc/rtcp-writer.js';

function session(profile: 1 | 7, side: 0 | 1 = 0): SrtcpSession {
  const length = profile === 7 ? 12 : 14;
  const own = { key: Buffer.alloc(16, 1 + side), salt: Buffer.alloc(length, 3 + side) };
  const other = { key: Buffer.alloc(16, 2 - side), salt: Buffer.alloc(length, 4 - side) };
  const keys = {
    localMasterKey: own.key,
    localMasterSalt: own.salt,
    remoteMasterKey: other.key,
    remoteMasterSalt: other.salt,
  };
  return new SrtcpSession({ keys, profile });
}

function report(ssrc: number, cname: string): Buffer {
  return writeReceiverReport({ ssrc, cname }, []);
}

describe.each([7, 1] as const)('SRTCP profile %i', (profile) => {
  it('is read by another implementation', () => {
    const cipher = createSrtcpCipher(session(profile));
    const peer = session(profile, 1);
    for (let i = 0; i < 40; i++) {
      const packet = report(0xf000_0000 + (i % 3), 'n'.repeat(i));
      const sealed = cipher.encrypt(packet);
      expect(sealed.subarray(8, 16)).not.toEqual(packet.subarray(8, 16));
      expect(peer.decrypt(sealed)).toEqual(packet);
    }
  });

  it('reads another implementation', () => {
    const cipher = createSrtcpCipher(session(profile));
    const peer = session(profile, 1);
    for (let i = 0; i < 40; i++) {
      const packet = report(7 + (i % 3), 'n'.repeat(i));
      expect(cipher.decrypt(peer.encrypt(packet))).toEqual(packet);
    }
  });

  it('takes nothing forged', () => {
    const cipher = createSrtcpCipher(session(profile));
    const sealed = session(profile, 1).encrypt(report(7, 'name'));
    for (let at = 0; at < sealed.length; at++) {
      const forged = Buffer.from(sealed);
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect(cipher.decrypt(forged)).toBeNull();
      expect(cipher.decrypt(sealed.subarray(0, at))).toBeNull();
    }
    expect(cipher.decrypt(sealed)).not.toBeNull();
  });
});

describe('SRTCP with AES-CM', () => {
  it('takes nothing twice, and nothing from long ago, of 32 senders', () => {
    const cipher = createSrtcpCipher(session(1));
    const peer = session(1, 1);
    const packets = Array.from({ length: 100 }, () => peer.encrypt(report(7, 'name')));
    const take = (at: number): boolean => cipher.decrypt(packets[at] as Buffer) !== null;
    expect([take(0), take(0), take(99), take(99)]).toEqual([true, false, true, false]);
    // 64 places: from 36 on.
    expect([take(35), take(36), take(36), take(98)]).toEqual([false, true, false, true]);
    const taken = Array.from({ length: 50 }, (_, i) =>
      cipher.decrypt(peer.encrypt(report(100 + i, 'name'))),
    );
    expect(taken.filter((packet) => packet !== null)).toHaveLength(31);
  });
});
