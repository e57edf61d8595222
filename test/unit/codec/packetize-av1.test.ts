import { describe, expect, it } from 'vitest';
import { leb128Size, obuType, splitObus, writeLeb128 } from '../../../src/codec/obu.js';
import { createPacketizer } from '../../../src/codec/packetizer.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import { depacketizeAv1 } from '../../support/av1-rtp.js';

/** A unit with its size, filled with bytes that tell its parts apart. */
function obu(type: number, length: number, extension?: number): Buffer {
  const size = Buffer.alloc(leb128Size(length));
  writeLeb128(size, length, 0);
  const header = (type << 3) | 0x02 | (extension === undefined ? 0 : 0x04);
  const payload = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + type) & 0xff));
  return Buffer.concat([
    Buffer.from(extension === undefined ? [header] : [header, extension]),
    size,
    payload,
  ]);
}

function packetize(
  units: Buffer[],
  type: 'key' | 'delta' = 'delta',
  maxPayloadSize = 200,
): Buffer[] {
  const chunk = new EncodedVideoChunk({ type, timestamp: 0, data: Buffer.concat(units) });
  return [...createPacketizer('av1', { maxPayloadSize }).packetize(chunk).payloads];
}

const { sequenceHeader, temporalDelimiter, frame, tileList } = obuType;

describe('AV1 in RTP', () => {
  it.each([
    ['one small unit', [obu(frame, 20)]],
    ['an empty unit', [obu(frame, 0)]],
    ['a key frame behind its sequence header', [obu(sequenceHeader, 11), obu(frame, 150)]],
    ['more units than a header can count', [1, 2, 3, 4, 5].map((n) => obu(frame, n * 9))],
    ['a unit in many pieces', [obu(frame, 1500)]],
    ['pieces, whole units and pieces', [obu(frame, 350), obu(6, 3), obu(6, 4), obu(6, 500)]],
    ['units with extensions', [obu(frame, 30, 0x20), obu(frame, 400, 0x28)]],
    ['units that just fill a payload', [obu(frame, 196), obu(frame, 197), obu(frame, 198)]],
  ])('%s comes back as it went', (_name, units) => {
    for (const size of [64, 65, 130, 200, 1188]) {
      const payloads = packetize(units, 'delta', size);
      expect(Math.max(...payloads.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(size);
      const back = depacketizeAv1(payloads);
      expect(back.key).toBe(false);
      expect(back.units.map(({ data }) => data.toString('hex'))).toEqual(
        (splitObus(Buffer.concat(units)) ?? []).map(({ header, extension, payload }) =>
          Buffer.concat([
            Buffer.from(extension === null ? [header] : [header, extension]),
            payload,
          ]).toString('hex'),
        ),
      );
    }
  });

  it('leaves out delimiters and tile lists', () => {
    const units = [obu(temporalDelimiter, 0), obu(frame, 9), obu(tileList, 5)];
    expect(depacketizeAv1(packetize(units)).units.map(({ type }) => type)).toEqual([frame]);
  });

  it('marks the first payload of a key frame alone', () => {
    const payloads = packetize([obu(sequenceHeader, 11), obu(frame, 700)], 'key');
    expect(payloads.map(([header]) => ((header as number) & 0x08) !== 0)).toEqual(
      payloads.map((_, index) => index === 0),
    );
    expect(payloads.length).toBeGreaterThan(3);
  });

  it('makes nothing of damaged data', () => {
    expect(packetize([])).toEqual([]);
    expect(packetize([Buffer.from([0x32, 0x7f, 1, 2])])).toEqual([]);
    expect(packetize([Buffer.from([0xb2, 0x00])])).toEqual([]);
  });
});
