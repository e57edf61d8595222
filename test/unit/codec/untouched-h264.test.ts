import { describe, expect, it } from 'vitest';
import { splitAnnexB } from '../../../src/codec/annex-b.js';
import { UntouchedH264 } from '../../../src/codec/untouched-h264.js';

const startCode = Buffer.from([0, 0, 0, 1]);
/** As an encoder wrote it: progressive, 8 bit 4:2:0. */
const sps = Buffer.from('6742c014da0507e27c05b808080a000003000200000300799280', 'hex');
const pps = Buffer.from('68ce3c80', 'hex');
const otherPps = Buffer.from('68ce3cc0', 'hex');
const delimiter = Buffer.from([0x09, 0xf0]);
const idr = Buffer.from([0x65, 0x88, 0x84, 0x21]);
const slice = Buffer.from([0x41, 0x9a, 0x21]);

function bytes(...units: Buffer[]): Buffer {
  return Buffer.concat(units.flatMap((unit) => [startCode, unit]));
}

describe('UntouchedH264', () => {
  const pictureOf = (...units: Buffer[]): Buffer[] => {
    const stream = new UntouchedH264({ extradata: bytes(sps, pps) });
    expect(stream.obstacle).toBeNull();
    const picture = stream.picture(bytes(...units), true);
    return splitAnnexB(picture?.data ?? Buffer.alloc(0)).map((unit) => Buffer.from(unit));
  };

  it.each([
    ['all', [idr], [sps, pps, idr]],
    ['none', [sps, pps, idr], [sps, pps, idr]],
    ['those of pictures', [delimiter, sps, idr], [delimiter, sps, pps, idr]],
    ['those of the sequence', [pps, idr], [sps, pps, idr]],
  ])('gives a key picture the parameter sets it lacks: %s', (_, units, wanted) => {
    expect(pictureOf(...units)).toEqual(wanted);
  });

  it('gives other pictures nothing', () => {
    expect(pictureOf(slice)).toEqual([slice]);
  });

  it('goes by the newest parameter sets', () => {
    const stream = new UntouchedH264({ extradata: bytes(sps, pps) });
    stream.picture(bytes(sps, otherPps, idr), true);
    const picture = stream.picture(bytes(idr), true);
    expect(picture?.data).toEqual(bytes(sps, otherPps, idr));
  });
});
