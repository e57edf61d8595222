import { describe, expect, it } from 'vitest';
import { createPacketizer } from '../../../src/codec/packetizer.js';
import { EncodedVideoChunk, receivableCodecNames } from '../../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../../src/media/encoded-video-chunk.js';
import { createDepacketizer } from '../../../src/rtc/depacketizer.js';
import { bitstream } from '../../support/bitstreams.js';
import { pseudoRandom } from '../../support/rtp-packets.js';

function payloadsOf(
  codec: ReceivableCodecName,
  type: 'key' | 'delta',
  size: number,
): readonly Buffer[] {
  const chunk = new EncodedVideoChunk({ type, timestamp: 0, data: bitstream(codec, type, size) });
  return createPacketizer(codec, { maxPayloadSize: 500 }).packetize(chunk).payloads;
}

describe.each(receivableCodecNames)('%s', (codec) => {
  it.each([40, 499, 500, 501, 3000, 40_000])('comes out as it went in, %i bytes', (size) => {
    for (const type of ['key', 'delta'] as const) {
      const whole = createDepacketizer(codec).join(payloadsOf(codec, type, size));
      expect(whole?.key).toBe(type === 'key');
      expect(whole?.data.equals(bitstream(codec, type, size))).toBe(true);
    }
  });

  it('begins a key picture where it begins one', () => {
    const depacketizer = createDepacketizer(codec);
    const starts = (type: 'key' | 'delta'): boolean[] =>
      payloadsOf(codec, type, 3000).map((payload) => depacketizer.startsKeyFrame(payload));
    const [first, ...rest] = starts('key');
    expect(first).toBe(true);
    // H.264 has its parameter sets before the picture, which is a beginning as well.
    expect(rest.slice(1)).not.toContain(true);
    expect(starts('delta')).not.toContain(true);
  });

  it('is no picture without its beginning, or of two pictures', () => {
    const payloads = payloadsOf(codec, 'delta', 3000);
    const depacketizer = createDepacketizer(codec);
    expect(depacketizer.join(payloads.slice(1))).toBeNull();
    expect(depacketizer.join([])).toBeNull();
    // Only VP8 says where a picture begins and nothing else does.
    if (codec === 'vp8') expect(depacketizer.join([...payloads, ...payloads])).toBeNull();
  });

  it('never throws, whatever comes', () => {
    const random = pseudoRandom(7);
    const depacketizer = createDepacketizer(codec);
    for (let round = 0; round < 3000; round++) {
      const payloads = Array.from({ length: Math.ceil(random() * 3) }, () =>
        Buffer.from(
          Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)),
        ),
      );
      for (const payload of payloads) depacketizer.startsKeyFrame(payload);
      const whole = depacketizer.join(payloads);
      if (whole !== null) expect(whole.data.length).toBeLessThan(3 * 1500);
    }
  });
});

describe('VP8', () => {
  const vp8 = createDepacketizer('vp8');

  it.each([
    ['no extension', [0x10]],
    ['a short picture id', [0x90, 0x80, 0x05]],
    ['a long picture id', [0x90, 0x80, 0x85, 0x01]],
    ['a picture id, layers and all', [0x90, 0xf0, 0x85, 0x01, 7, 9]],
  ])('is found behind %s', (_what, descriptor) => {
    const payload = Buffer.from([...descriptor, 0x11, 2, 3]);
    expect(vp8.join([payload])).toEqual({ data: Buffer.from([0x11, 2, 3]), key: false });
    payload[descriptor.length] = 0x10;
    expect(vp8.startsKeyFrame(payload)).toBe(true);
    // A key picture has a start code.
    expect(vp8.join([payload])).toBeNull();
  });

  it('takes no descriptor without a picture', () => {
    for (const payload of [[], [0x10], [0x90], [0x90, 0x80], [0x90, 0xf0, 0x85, 1, 7, 9]]) {
      expect(vp8.join([Buffer.from(payload)])).toBeNull();
      expect(vp8.startsKeyFrame(Buffer.from(payload))).toBe(false);
    }
  });
});

describe('VP9', () => {
  const vp9 = createDepacketizer('vp9');
  const picture = [1, 2, 3];

  it.each([
    ['nothing but the first byte', [0x08]],
    ['a long picture id', [0x88, 0x85, 0x01]],
    ['layers and the count of the lowest', [0xa8, 0x05, 0x00, 0x07]],
    ['layers in flexible mode', [0xb8, 0x05, 0x00]],
    [
      'a structure of two layers and three pictures',
      [0x8a, 0x05, 0x38, 1, 2, 3, 4, 5, 6, 7, 8, 3, 0x04, 9, 0x08, 9, 9, 0x00],
    ],
  ])('is found behind %s', (_what, descriptor) => {
    const payload = Buffer.from([...descriptor, ...picture]);
    expect(vp9.join([payload])).toEqual({ data: Buffer.from(picture), key: true });
    expect(vp9.startsKeyFrame(payload)).toBe(true);
  });

  it('is found behind references, which make it no key picture', () => {
    const payload = Buffer.from([0xd8, 0x05, 0x03, 0x05, 0x02, ...picture]);
    expect(vp9.join([payload])).toEqual({ data: Buffer.from(picture), key: false });
    expect(vp9.startsKeyFrame(payload)).toBe(false);
  });

  it('does not begin with an upper layer', () => {
    expect(vp9.startsKeyFrame(Buffer.from([0xa8, 0x05, 0x02, 0x07, ...picture]))).toBe(false);
  });
});

describe('H.264', () => {
  const sps = Buffer.from([0x67, 1, 2, 3]);
  const pps = Buffer.from([0x68, 4, 5]);
  const idr = Buffer.from([0x65, 0x88, 6, 7]);
  const code = [0, 0, 0, 1];

  it('gets the parameter sets seen last where a key picture has none', () => {
    const depacketizer = createDepacketizer('h264');
    expect(depacketizer.join([idr])).toBeNull();
    const whole = Buffer.from([...code, ...sps, ...code, ...pps, ...code, ...idr]);
    expect(depacketizer.join([sps, pps, idr])).toEqual({ data: whole, key: true });
    expect(depacketizer.join([idr])).toEqual({ data: whole, key: true });
    const changed = Buffer.from([0x67, 9, 9, 9]);
    expect(depacketizer.join([changed, idr])?.data).toEqual(
      Buffer.from([...code, ...changed, ...code, ...pps, ...code, ...idr]),
    );
  });

  it('does not begin a key picture in its middle', () => {
    const h264 = createDepacketizer('h264');
    const second = Buffer.from([0x65, 0x40, 6, 7]);
    expect(h264.startsKeyFrame(second)).toBe(false);
    expect(h264.startsKeyFrame(Buffer.from([0x7c, 0x85, 0x40]))).toBe(false);
    expect(h264.startsKeyFrame(Buffer.from([0x7c, 0x85, 0x88]))).toBe(true);
    expect(h264.startsKeyFrame(Buffer.from([0x7c, 0x05, 0x88]))).toBe(false);
  });

  it.each([
    ['a fragment without beginning', [0x7c, 0x05, 1]],
    ['a fragment without end', [0x7c, 0x85, 1]],
    ['a kind of packet that mode 1 does not have', [0x7d, 0x85, 1]],
    ['kind 0', [0x60, 1]],
    ['an aggregate that is cut', [0x78, 0, 9, 1]],
    ['an aggregate of nothing', [0x78, 0, 0]],
  ])('is not %s', (_what, payload) => {
    expect(createDepacketizer('h264').join([Buffer.from(payload)])).toBeNull();
  });
});
