import { describe, expect, it } from 'vitest';
import { readRtcp } from '../../../src/rtc/rtcp-reader.js';
import {
  writeBandwidth,
  writeNack,
  writePictureLoss,
  writeReceiverReport,
  writeSenderReport,
} from '../../../src/rtc/rtcp-writer.js';
import { pseudoRandom } from '../../support/rtp-packets.js';

const sender = { ssrc: 7, cname: 'name' };
const block = {
  ssrc: 9,
  fractionLost: 64,
  packetsLost: -3,
  highest: 5,
  jitter: 90,
  lastReport: 0xaabb_ccdd,
  sinceLastReport: 65_536,
};
const fir = Buffer.from([0x84, 206, 0, 4, ...Buffer.alloc(16)]);

describe('readRtcp', () => {
  it('reads every part of a compound packet for itself', () => {
    const { highest: _, ...seen } = block;
    const lost = [65_534, 65_535, 0, 1, 500];
    const feedback = [
      writeNack(7, 9, lost),
      writeBandwidth(7, 9, 800_000),
      writePictureLoss(7, 9),
      fir,
    ];
    expect(
      readRtcp(writeReceiverReport(sender, [block, { ...block, ssrc: 10 }], feedback)),
    ).toEqual([
      { kind: 'report', ssrc: 7, sentAt: null, blocks: [seen, { ...seen, ssrc: 10 }] },
      { kind: 'nack', media: 9, lost },
      { kind: 'bandwidth', bitrate: 800_000 },
      { kind: 'pli' },
      { kind: 'fir' },
    ]);
  });

  it('reads the middle of the time of a sender report', () => {
    const ntp = { seconds: 0x1111_2222, fraction: 0x3333_4444 };
    const report = writeSenderReport({ ...sender, ntp, timestamp: 1, packets: 2, octets: 3 });
    expect(readRtcp(report)).toEqual([
      { kind: 'report', ssrc: 7, sentAt: 0x2222_3333, blocks: [] },
    ]);
  });

  it('passes over what it does not know', () => {
    const bye = Buffer.from([0x81, 203, 0, 1, 0, 0, 0, 7]);
    const application = Buffer.from([0x80, 204, 0, 2, 0, 0, 0, 7, 1, 2, 3, 4]);
    const transportWide = Buffer.from([0x8f, 205, 0, 3, ...Buffer.alloc(12)]);
    const noBandwidth = Buffer.from([0x8f, 206, 0, 4, ...Buffer.alloc(16)]);
    const packet = Buffer.concat([
      bye,
      application,
      transportWide,
      noBandwidth,
      writePictureLoss(1, 2),
    ]);
    expect(readRtcp(packet)).toEqual([{ kind: 'pli' }]);
  });

  it('takes from a NACK no more than there are packets', () => {
    const lost = Array.from({ length: 5000 }, (_, i) => i * 2);
    const [message] = readRtcp(writeNack(7, 9, lost));
    const taken = message?.kind === 'nack' ? message.lost.length : 0;
    expect(taken).toBeGreaterThan(1000);
    expect(taken).toBeLessThanOrEqual(1024 + 16);
  });

  it.each([
    ['nothing', []],
    ['a beginning', [0x80, 201]],
    ['a length beyond its end', [0x80, 201, 0, 9, 0, 0, 0, 0]],
    ['another version', [0x40, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]],
    ['a sender report without its middle', [0x80, 200, 0, 1, 0, 0, 0, 7]],
    ['a NACK of nothing', [0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]],
  ])('makes nothing of %s', (_what, bytes) => {
    expect(readRtcp(Buffer.from(bytes))).toEqual([]);
  });

  it('takes from a compound no more than anybody needs', () => {
    const nacks = Array.from({ length: 20 }, (_, i) =>
      writeNack(
        7,
        9,
        Array.from({ length: 100 }, (_, at) => i * 1000 + at),
      ),
    );
    const taken = readRtcp(Buffer.concat(nacks)).map((message) =>
      message.kind === 'nack' ? message.lost.length : Number.NaN,
    );
    expect(taken.slice(0, 10)).toEqual(Array(10).fill(100));
    expect(taken.reduce((sum, count) => sum + count)).toBeLessThan(1024 + 17);
    const losses = Array.from({ length: 5000 }, () => writePictureLoss(7, 9));
    expect(readRtcp(Buffer.concat(losses))).toHaveLength(32);
  });

  it('takes the blocks that are there', () => {
    const packet = writeReceiverReport(sender, [block]);
    packet[0] = 0x9f;
    expect(readRtcp(packet)[0]).toMatchObject({ blocks: [{ ssrc: 9 }] });
  });

  it('never throws', () => {
    const random = pseudoRandom(11);
    for (let round = 0; round < 5000; round++) {
      const noise = Buffer.from(
        Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)),
      );
      if (noise.length > 3)
        noise.set([0x80 | (noise[0]! & 0x1f), 200 + (noise[1]! & 7), 0, noise[3]! & 7]);
      expect(() => readRtcp(noise)).not.toThrow();
    }
  });
});
