import { describe, expect, it } from 'vitest';
import { splitAnnexB } from '../../../src/codec/annex-b.js';

const split = (...bytes: number[]): number[][] =>
  splitAnnexB(Buffer.from(bytes)).map((unit) => [...unit]);

describe('splitAnnexB', () => {
  it('takes start codes of three and four bytes', () => {
    expect(split(0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 3)).toEqual([
      [0x67, 1],
      [0x68, 2, 3],
    ]);
  });

  it('leaves padding and empty units out', () => {
    expect(split(0, 0, 1, 0, 0, 1, 0x65, 9, 0, 0, 0, 0, 0, 1, 0x41, 7, 0, 0)).toEqual([
      [0x65, 9],
      [0x41, 7],
    ]);
  });

  it('takes data without a start code for one unit', () => {
    expect(split(0x65, 1, 2)).toEqual([[0x65, 1, 2]]);
  });

  it('finds nothing in nothing', () => {
    expect(split()).toEqual([]);
    expect(split(0, 0, 1)).toEqual([]);
  });

  it('slices, without copies', () => {
    const data = Buffer.from([0, 0, 1, 0x65, 5]);
    expect(splitAnnexB(data)[0]?.buffer).toBe(data.buffer);
  });
});
