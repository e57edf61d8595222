// Pictures that are made, for visitors who only watch: a ball that bounces, anew for each of them.
//
//   npx tsx examples/stream-generator.ts
import { Stream, VideoFrame } from 'framegear';

const width = 640;
const height = 360;
const radius = 40;

function* ball(): Generator<VideoFrame> {
  for (let step = 0; ; step += 1) {
    const x = radius + bounce(step * 5, width - 2 * radius);
    const y = radius + bounce(step * 3, height - 2 * radius);
    const pixels = Buffer.alloc(width * height * 3, 24);
    for (let dy = -radius; dy <= radius; dy += 1) {
      const half = Math.round(Math.sqrt(radius ** 2 - dy ** 2));
      const start = ((y + dy) * width + x - half) * 3;
      pixels.fill('ffa028', start, start + half * 6, 'hex');
    }
    yield VideoFrame.fromBuffer(pixels, {
      format: 'RGB',
      codedWidth: width,
      codedHeight: height,
      timestamp: Math.round((step * 1e6) / 30),
    });
  }
}

/** Goes from 0 to `length` and back. */
function bounce(way: number, length: number): number {
  const place = way % (2 * length);
  return place < length ? place : 2 * length - place;
}

const stream = new Stream({ mode: 'receive', handler: ball, concurrencyLimit: Infinity });
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
