// Your camera, mirrored and in grey: each picture goes from the browser to a function and back.
//
//   npx tsx examples/stream-picture.ts
import { Stream, VideoFrame } from 'framegear';

function mirror(frame: VideoFrame): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'GRAY8' });
  for (let y = 0; y < codedHeight; y += 1) {
    pixels.subarray(y * codedWidth, (y + 1) * codedWidth).reverse();
  }
  return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth, codedHeight, timestamp });
}

const stream = new Stream({ handler: mirror, title: 'Mirror', concurrencyLimit: 10 });
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
