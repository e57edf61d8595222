// A page of your own, with an input that changes the picture while it runs, and an output beside it.
//
//   npx tsx examples/stream-inputs/main.ts
import { AdditionalOutputs, Stream, VideoFrame } from 'framegear';
import type { VideoOutput } from 'framegear';

/** What is brighter becomes white, the rest black. Until the page has sent its first input, pictures go back untouched. */
function threshold(frame: VideoFrame, limit: number): VideoOutput {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'GRAY8' });
  let bright = 0;
  for (const [index, value] of pixels.entries()) {
    pixels[index] = value >= limit ? 255 : 0;
    if (value >= limit) bright += 1;
  }
  const edited = VideoFrame.fromBuffer(pixels, {
    format: 'GRAY8',
    codedWidth,
    codedHeight,
    timestamp,
  });
  return [edited, new AdditionalOutputs({ bright: bright / pixels.length })];
}

const stream = new Stream({
  handler: threshold,
  title: 'Threshold',
  concurrencyLimit: 10,
  routes: { page: new URL('index.html', import.meta.url) },
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
