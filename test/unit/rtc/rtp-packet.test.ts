import { describe, expect, it } from 'vitest';
import {
  extendSequence,
  isMediaPacket,
  isRtcpPacket,
  readRtpHeader,
  withoutPadding,
} from '../../../src/rtc/rtp-packet.js';

function header(first: number, second: number, rest: number[] = []): Buffer {
  return Buffer.from([first, second, 0x12, 0x34, 0, 0, 0, 9, 0, 0, 0, 7, ...rest]);
}

describe('readRtpHeader', () => {
  it('reads the fields', () => {
    expect(readRtpHeader(header(0x80, 0xe0))).toEqual({
      payloadType: 96,
      marker: true,
      sequenceNumber: 0x1234,
      timestamp: 9,
      ssrc: 7,
      size: 12,
      padded: false,
    });
    expect(readRtpHeader(header(0xa0, 0x60))).toMatchObject({ marker: false, padded: true });
  });

  it('counts contributors and extensions in', () => {
    expect(readRtpHeader(header(0x82, 96, [1, 1, 1, 1, 2, 2, 2, 2]))?.size).toBe(20);
    const extension = [0xbe, 0xde, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(readRtpHeader(header(0x90, 96, extension))?.size).toBe(24);
    expect(readRtpHeader(header(0x91, 96, [1, 1, 1, 1, ...extension]))?.size).toBe(28);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['11 bytes', header(0x80, 96).subarray(0, 11)],
    ['another version', header(0x40, 96)],
    ['contributors that are not there', header(0x8f, 96)],
    ['an extension that is not there', header(0x90, 96)],
    ['an extension without end', header(0x90, 96, [0xbe, 0xde, 0xff, 0xff])],
  ])('refuses %s', (_what, packet) => {
    expect(readRtpHeader(packet)).toBeNull();
  });
});

it('takes padding off', () => {
  expect(withoutPadding(Buffer.from([1, 2, 0, 2]), true)).toEqual(Buffer.from([1, 2]));
  expect(withoutPadding(Buffer.from([0, 0, 3]), true)).toEqual(Buffer.alloc(0));
  expect(withoutPadding(Buffer.from([1, 2]), false)).toEqual(Buffer.from([1, 2]));
  for (const wrong of [[], [0], [1, 5]]) {
    expect(withoutPadding(Buffer.from(wrong), true)).toBeNull();
  }
});

it('tells RTP, RTCP and the rest apart', () => {
  expect(
    [0x80, 0xbf, 0x00, 0x16, 0xff].map((first) => isMediaPacket(Buffer.from([first]))),
  ).toEqual([true, true, false, false, false]);
  expect(isMediaPacket(Buffer.alloc(0))).toBe(false);
  expect([200, 206, 207, 96, 224].map((type) => isRtcpPacket(Buffer.from([0x80, type])))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

it('counts sequence numbers on over roll-overs', () => {
  expect(extendSequence(10, 5)).toBe(10);
  expect(extendSequence(2, 65_534)).toBe(65_538);
  expect(extendSequence(65_534, 65_540)).toBe(65_534);
  expect(extendSequence(65_535, 2)).toBe(-1);
});
