import { describe, expect, it } from 'vitest';
import { HeldPictures } from '../../../src/delivery/held-pictures.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import type { PacketizedVideoChunk } from '../../../src/media/encoded-video-chunk.js';

function picture(type: 'key' | 'delta', timestamp: number): PacketizedVideoChunk {
  return {
    chunk: new EncodedVideoChunk({ type, timestamp, data: Buffer.alloc(1) }),
    payloads: [Buffer.alloc(1)],
  };
}

/** What is held, by time stamps. */
function taken(held: HeldPictures): [string, ...number[]] {
  const { rendition, pictures } = held.take();
  return [rendition, ...pictures.map(({ chunk }) => chunk.timestamp)];
}

describe('HeldPictures', () => {
  it('keeps the newest key frame and what follows it, and gives that out once', () => {
    const held = new HeldPictures();
    held.add('vp8/full', picture('delta', 1));
    expect(taken(held)).toEqual(['']);
    held.add('vp8/full', picture('key', 2));
    held.add('vp8/full', picture('delta', 3));
    held.add('vp8/full', picture('key', 4));
    held.add('vp8/full', picture('delta', 5));
    expect(taken(held)).toEqual(['vp8/full', 4, 5]);
    expect(taken(held)).toEqual(['']);
  });

  it('keeps nothing when it would be too much, up to the next key frame', () => {
    const held = new HeldPictures();
    held.add('vp8/full', picture('key', 0));
    for (let i = 1; i < 8; i++) held.add('vp8/full', picture('delta', i));
    held.add('vp8/full', picture('delta', 8));
    held.add('vp8/full', picture('delta', 9));
    expect(taken(held)).toEqual(['']);
    held.add('vp8/full', picture('key', 10));
    expect(taken(held)).toEqual(['vp8/full', 10]);
  });

  it('mixes no renditions', () => {
    const held = new HeldPictures();
    held.add('h264/source', picture('key', 1));
    held.add('h264/full', picture('delta', 2));
    held.add('h264/source', picture('delta', 3));
    expect(taken(held)).toEqual(['h264/source', 1, 3]);
    held.add('h264/source', picture('key', 4));
    held.add('h264/full', picture('key', 5));
    held.add('h264/source', picture('delta', 6));
    held.add('h264/full', picture('delta', 7));
    expect(taken(held)).toEqual(['h264/full', 5, 7]);
  });
});
