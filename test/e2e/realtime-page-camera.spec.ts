import { describe, expect, it } from 'vitest';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { stageWithDevices } from '../support/browser-stage.js';
import { expectQuarters, serveStream, startStreamPage } from '../support/stream-page.js';

const size = { width: 1280, height: 720 };
const colours = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const;

describe('a camera of 1280 x 720, in Chromium', () => {
  const stage = stageWithDevices(size);

  it.each(['vp8', 'h264'] as const)(
    'is seen in full by the handler from its first picture on, in %s',
    async (videoCodec) => {
      const seen: string[] = [];
      const { url } = await serveStream({
        videoCodecs: [videoCodec],
        handler: (frame: VideoFrame) => {
          seen.push(`${frame.displayWidth} x ${frame.displayHeight}`);
          return frame;
        },
      });
      const page = await startStreamPage(stage.browser, url);
      await expectQuarters(page, '#answer', colours);
      expect(seen[0]).toBe('1280 x 720');
      expect(page.problems).toEqual([]);
    },
  );
});
