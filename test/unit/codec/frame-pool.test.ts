import { AV_PIX_FMT_GRAY8 } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import { FramePool } from '../../../src/codec/frame-pool.js';

function mark(frame: Frame, value: number): void {
  frame.data?.[0]?.fill(value);
}

function firstPixel(frame: Frame): number | undefined {
  return frame.toBuffer()[0];
}

describe('FramePool', () => {
  it('hands a freed frame out again, and never one in use', () => {
    using pool = new FramePool(2);
    const first = pool.take(AV_PIX_FMT_GRAY8, 8, 8);
    mark(first, 1);
    const second = pool.take(AV_PIX_FMT_GRAY8, 8, 8);
    mark(second, 2);
    expect(firstPixel(first)).toBe(1);
    using held = first.clone() as Frame;
    first.free();
    using third = pool.take(AV_PIX_FMT_GRAY8, 8, 8);
    mark(third, 3);
    expect(firstPixel(held)).toBe(1);
    second.free();
    using again = pool.take(AV_PIX_FMT_GRAY8, 8, 8);
    expect(firstPixel(again)).toBe(2);
  });

  it('follows a new shape', () => {
    using pool = new FramePool(1);
    pool.take(AV_PIX_FMT_GRAY8, 8, 8).free();
    using wide = pool.take(AV_PIX_FMT_GRAY8, 64, 8);
    expect([wide.width, wide.height, wide.toBuffer().byteLength]).toEqual([64, 8, 512]);
  });

  it('leaves frames alive that are handed out when it is disposed, twice too', () => {
    const pool = new FramePool(1);
    using frame = pool.take(AV_PIX_FMT_GRAY8, 8, 8);
    mark(frame, 7);
    pool[Symbol.dispose]();
    pool[Symbol.dispose]();
    expect(firstPixel(frame)).toBe(7);
    using late = pool.take(AV_PIX_FMT_GRAY8, 8, 8);
    expect(late.width).toBe(8);
  });

  it('says what is wrong with an impossible size', () => {
    using pool = new FramePool(1);
    expect(() => pool.take(AV_PIX_FMT_GRAY8, 0, 8)).toThrow(
      expect.objectContaining({ name: 'EncodingError', cause: expect.any(Error) as Error }),
    );
  });
});
