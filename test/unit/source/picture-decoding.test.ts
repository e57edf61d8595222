import { Packet } from 'node-av/lib';
import { AV_PKT_FLAG_KEY } from 'node-av/constants';
import { afterEach, expect, it, vi } from 'vitest';
import { VideoDecoder } from '../../../src/codec/video-decoder.js';
import type { DecodableStream } from '../../../src/codec/video-decoder.js';
import { PictureDecoding } from '../../../src/source/picture-decoding.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('closes a decoder that fails while it catches up', async () => {
  const close = vi.fn(() => Promise.resolve());
  // FFmpeg fails when memory runs out, which no test can have it do.
  const decode = (): Promise<never> => Promise.reject(new Error('out of memory'));
  vi.spyOn(VideoDecoder, 'open').mockResolvedValue({ decode, close } as unknown as VideoDecoder);
  const decoding = new PictureDecoding({} as DecodableStream, { tryHardware: false });
  using packet = new Packet();
  packet.alloc();
  packet.data = Buffer.alloc(4);
  packet.flags = AV_PKT_FLAG_KEY;
  expect(await decoding.take(packet, true)).toEqual([]);
  decoding.want(true);
  await decoding.settled();
  expect(decoding.on).toBe(false);
  expect(close).toHaveBeenCalledTimes(1);
  await decoding.close();
});
