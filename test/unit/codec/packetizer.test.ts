import { Vp8RtpPayload, Vp9RtpPayload } from 'werift';
import { describe, expect, it } from 'vitest';
import { createPacketizer } from '../../../src/codec/packetizer.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import type { VideoCodecName } from '../../../src/media/encoded-video-chunk.js';
import { depacketize } from '../../support/codec-pictures.js';

const startCode = [0, 0, 0, 1];

function chunk(data: Buffer, type: 'key' | 'delta' = 'delta'): EncodedVideoChunk {
  return new EncodedVideoChunk({ type, timestamp: 0, data });
}

function bytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index % 250) + 1));
}

/** A NAL unit of `length` bytes without zeros inside. */
function unit(header: number, length: number): Buffer {
  return Buffer.concat([Buffer.from([header]), bytes(length - 1)]);
}

function annexB(...units: Buffer[]): Buffer {
  return Buffer.concat(units.flatMap((nal) => [Buffer.from(startCode), nal]));
}

describe('createPacketizer', () => {
  it('rejects an unknown codec and impossible sizes', () => {
    expect(() => createPacketizer('theora' as VideoCodecName)).toThrow(TypeError);
    expect(() => createPacketizer('vp8', { maxPayloadSize: 63 })).toThrow(RangeError);
    expect(() => createPacketizer('vp8', { maxPayloadSize: 100.5 })).toThrow(/100.5/);
    expect(() => createPacketizer('vp8', { maxPayloadSize: 65_001 })).toThrow(RangeError);
  });

  it.each(['h264', 'vp8', 'vp9', 'av1'] as const)(
    'puts %s into shared memory when told to, one payload behind the other',
    (codec) => {
      // An AV1 frame that carries its size; the others take any bytes.
      const data =
        codec === 'av1'
          ? Buffer.concat([Buffer.from([0x32, 0xb8, 0x17]), bytes(3000)])
          : annexB(unit(0x65, 3000), unit(0x06, 20));
      const own = createPacketizer(codec).packetize(chunk(data, 'key'));
      const shared = createPacketizer(codec, { sharedMemory: true }).packetize(chunk(data, 'key'));
      expect(own.payloads.length).toBeGreaterThan(2);
      expect(shared.payloads.map(({ length }) => length)).toEqual(
        own.payloads.map(({ length }) => length),
      );
      let at = 0;
      for (const { buffer, byteOffset, byteLength } of shared.payloads) {
        expect(buffer).toBeInstanceOf(SharedArrayBuffer);
        expect([buffer, byteOffset]).toEqual([shared.payloads[0]?.buffer, at]);
        at += byteLength;
      }
    },
  );

  it.each(['h264', 'vp8', 'vp9'] as const)('makes nothing of an empty %s picture', (codec) => {
    expect(createPacketizer(codec).packetize(chunk(Buffer.alloc(0))).payloads).toEqual([]);
  });

  it.each(['vp8', 'vp9'] as const)('cuts %s evenly and puts it together again', (codec) => {
    const header = codec === 'vp8' ? 4 : 3;
    const packetizer = createPacketizer(codec, { maxPayloadSize: 100 });
    const room = 100 - header;
    for (const length of [1, room - 1, room, room + 1, 2 * room, 2 * room + 1, 5000]) {
      const data = bytes(length);
      const { payloads } = packetizer.packetize(chunk(data));
      expect(payloads).toHaveLength(Math.ceil(length / room));
      const sizes = payloads.map(({ byteLength }) => byteLength);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(depacketize(codec, payloads)).toEqual(data);
    }
  });

  it('keeps payloads to 1188 bytes by default, in one buffer', () => {
    const { payloads } = createPacketizer('vp8').packetize(chunk(bytes(5000)));
    expect(payloads.every(({ byteLength }) => byteLength <= 1188)).toBe(true);
    expect(new Set(payloads.map(({ buffer }) => buffer)).size).toBe(1);
  });
});

describe('VP8 descriptors', () => {
  it('mark the start of the picture', () => {
    const { payloads } = createPacketizer('vp8', { maxPayloadSize: 64 }).packetize(
      chunk(bytes(150)),
    );
    const parsed = payloads.map((payload) => Vp8RtpPayload.deSerialize(payload));
    expect(parsed.map(({ sBit }) => sBit)).toEqual([1, 0, 0]);
    expect(parsed.map(({ pid, mBit, nBit }) => [pid, mBit, nBit])).toEqual(
      parsed.map(() => [0, 1, 0]),
    );
  });

  it('count pictures in 15 bits', () => {
    const packetizer = createPacketizer('vp8');
    const data = bytes(8);
    const ids = Array.from({ length: 0x8001 }, () =>
      (packetizer.packetize(chunk(data)).payloads[0] as Buffer).readUInt16BE(2),
    );
    expect(ids.every((id) => id >= 0x8000)).toBe(true);
    const steps = ids.slice(1).map((id, at) => (id - (ids[at] as number)) & 0x7fff);
    expect(new Set(steps)).toEqual(new Set([1]));
    expect(new Set(ids).size).toBe(0x8000);
    expect(ids[0x8000]).toBe(ids[0]);
  });
});

describe('VP9 descriptors', () => {
  it('mark start, end and what a picture needs', () => {
    const packetizer = createPacketizer('vp9', { maxPayloadSize: 64 });
    const parse = (type: 'key' | 'delta', length: number): Vp9RtpPayload[] =>
      packetizer
        .packetize(chunk(bytes(length), type))
        .payloads.map((payload) => Vp9RtpPayload.deSerialize(payload));
    const key = parse('key', 150);
    expect(key.map(({ bBit, eBit }) => [bBit, eBit])).toEqual([
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(
      key.every(
        ({ iBit, pBit, lBit, fBit, vBit }) => `${iBit}${pBit}${lBit}${fBit}${vBit}` === '10000',
      ),
    ).toBe(true);
    const [delta] = parse('delta', 10);
    expect([delta?.bBit, delta?.eBit, delta?.pBit]).toEqual([1, 1, 1]);
    expect(delta?.pictureId).toBe(((key[0]?.pictureId as number) + 1) & 0x7fff);
  });
});

describe('H.264 payloads', () => {
  const sps = unit(0x67, 20);
  const pps = unit(0x68, 6);

  it('send the parameter sets in one STAP-A and a large picture in FU-A', () => {
    const idr = unit(0x65, 300);
    const data = annexB(sps, pps, idr);
    const { payloads } = createPacketizer('h264', { maxPayloadSize: 100 }).packetize(chunk(data));
    expect(payloads[0]?.[0]).toBe(0x60 | 24);
    expect(payloads[0]?.byteLength).toBe(1 + 2 + 20 + 2 + 6);
    const fragments = payloads.slice(1);
    expect(fragments).toHaveLength(4);
    expect(fragments.map((payload) => payload[0])).toEqual(fragments.map(() => 0x60 | 28));
    expect(fragments.map((payload) => payload[1])).toEqual([0x85, 0x05, 0x05, 0x45]);
    expect(Math.max(...fragments.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(100);
    expect(depacketize('h264', payloads)).toEqual(data);
  });

  it.each([
    [2, 1],
    [99, 1],
    [100, 1],
    [101, 2],
    [197, 2],
    [198, 3],
    [1000, 11],
  ])('put a unit of %i bytes into %i payloads', (length, count) => {
    const data = annexB(unit(0x41, length));
    const { payloads } = createPacketizer('h264', { maxPayloadSize: 100 }).packetize(chunk(data));
    expect(payloads).toHaveLength(count);
    expect(Math.max(...payloads.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(100);
    expect(depacketize('h264', payloads)).toEqual(data);
  });

  it('send a unit of one byte as it is', () => {
    const { payloads } = createPacketizer('h264').packetize(chunk(annexB(Buffer.from([0x0b]))));
    expect(payloads).toEqual([Buffer.from([0x0b])]);
  });

  it('fill a STAP-A to the last byte and no further', () => {
    const packetize = (second: number): number[] =>
      createPacketizer('h264', { maxPayloadSize: 100 })
        .packetize(chunk(annexB(unit(0x41, 40), unit(0x41, second))))
        .payloads.map(({ byteLength }) => byteLength);
    expect(packetize(55)).toEqual([100]);
    expect(packetize(56)).toEqual([40, 56]);
  });

  it('give a STAP-A the importance of its most important unit', () => {
    const data = annexB(unit(0x01, 10), unit(0x41, 10), unit(0x06, 10));
    const { payloads } = createPacketizer('h264').packetize(chunk(data));
    expect(payloads.map((payload) => payload[0])).toEqual([0x40 | 24]);
  });

  it('leave delimiters and filler out', () => {
    const data = annexB(Buffer.from([0x09, 0xf0]), unit(0x41, 30), unit(0x0c, 50));
    const { payloads } = createPacketizer('h264').packetize(chunk(data));
    expect(depacketize('h264', payloads)).toEqual(annexB(unit(0x41, 30)));
  });
});
