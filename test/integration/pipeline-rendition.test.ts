import { expect, it, vi } from 'vitest';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { silentLogger } from '../../src/logger.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { LeveledPicture, LevelScalers } from '../../src/pipeline/leveled-picture.js';
import { Rendition } from '../../src/pipeline/rendition.js';

/** Offers a gray picture of that size. */
function offer(rendition: Rendition, scalers: LevelScalers, width: number, height: number): void {
  const init = { format: 'GRAY8' as const, codedWidth: width, codedHeight: height, timestamp: 1 };
  const frame = VideoFrame.fromBuffer(Buffer.alloc(width * height), init);
  const picture = new LeveledPicture(frame, scalers);
  rendition.offer(picture, 1);
  picture.release();
}

it('has one encoder open, though the ladder changes while that is opened', async () => {
  const open = VideoEncoder.create.bind(VideoEncoder);
  const create = vi.spyOn(VideoEncoder, 'create').mockImplementation((...how) => {
    const opening = open(...how);
    queueMicrotask(() => rendition.prepare({ width: 320, height: 180 }));
    return opening;
  });
  const scalers = new LevelScalers();
  const info = {
    id: 'vp8/full',
    codec: 'vp8',
    level: 'full',
    bitrate: 5e5,
    minBitrate: 1e5,
  } as const;
  const rendition = new Rendition(info, {
    framerate: () => 30,
    hardwareAcceleration: 'no-preference',
    logger: silentLogger,
  });
  offer(rendition, scalers, 320, 180);
  await vi.waitFor(() => expect(rendition.stats().framesEncoded).toBe(1), 5000);
  await rendition.close();
  await scalers.close();
  const opened = await Promise.all(
    create.mock.results.map(({ value }) => value as Promise<VideoEncoder>),
  );
  expect(opened).toHaveLength(1);
  expect(opened.map(({ closed }) => closed)).toEqual([true]);
});
