import { describe, expect, it } from 'vitest';
import { parseH264Sps } from '../../../src/codec/h264-sps.js';

describe('parseH264Sps', () => {
  it.each([
    // As x264 writes them.
    ['6742c014da0507e27c05b808080a000003000200000300799280', '42c014', 66, true],
    ['67640014acd94141fb016a020202800000030080000019478a14cb', '640014', 100, true],
    ['6764002aacd100780227e5c05a8080808a', '64002a', 100, true],
  ])('reads %s', (hex, profileLevelId, profile, usual) => {
    const sps = parseH264Sps(Buffer.from(hex, 'hex'));
    expect(sps).toMatchObject({ profileLevelId, profile, usual });
  });

  it('tells what is not 8 bit 4:2:0', () => {
    // High 10: chroma format 1, two bits more; high 4:4:4: chroma format 3. What follows is padding.
    const high10 = Buffer.from([0x67, 110, 0, 30, 0b1_010_011_0, 0b11_0_0_1_1_1_1, 0xff, 0xff]);
    const high444 = Buffer.from([0x67, 244, 0, 30, 0b1_00100_0_1, 0b1_0_0_1_1_1_11, 0xff, 0xff]);
    expect(parseH264Sps(high10)?.usual).toBe(false);
    expect(parseH264Sps(high444)?.usual).toBe(false);
  });

  it('tells fields from whole pictures', () => {
    // Baseline: ids, counts and sizes of 1 or 2, then frame_mbs_only_flag.
    const bits = (flag: number): Buffer =>
      Buffer.from([0x67, 66, 0, 30, 0b1_1_1_1_1_0_1_1, (flag << 7) | 0x7f]);
    expect(parseH264Sps(bits(1))?.progressive).toBe(true);
    expect(parseH264Sps(bits(0))?.progressive).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['another unit', '68ce3c80'],
    ['one that is cut off', '6742c014'],
    ['one that is cut off further on', '6764001480'],
  ])('gives null for %s', (_name, hex) => {
    expect(parseH264Sps(Buffer.from(hex, 'hex'))).toBeNull();
  });
});
