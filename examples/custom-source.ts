// Pictures of your own: any object with `read` and `stop` is a source.
//
//   npx tsx examples/custom-source.ts
import { createServer, VideoFrame } from 'framegear';
import type { FrameSource } from 'framegear';

const width = 640;
const height = 360;

/** Two waves that run through each other, 25 pictures a second. */
class Waves implements FrameSource {
  #count = 0;

  read(): VideoFrame {
    const pixels = Buffer.allocUnsafe(width * height);
    const time = this.#count / 12;
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const wave = Math.sin(x / 30 + time) + Math.cos(y / 25 - time);
        pixels[y * width + x] = 128 + wave * 60;
      }
    }
    const timestamp = (this.#count * 1_000_000) / 25; // microseconds
    this.#count += 1;
    return VideoFrame.fromBuffer(pixels, {
      format: 'GRAY8',
      codedWidth: width,
      codedHeight: height,
      timestamp,
    });
  }

  stop(): void {
    console.log(`${this.#count} pictures drawn`);
  }
}

const server = await createServer({ customStream: new Waves(), name: 'waves' });
await server.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${server.url}`);
process.once('SIGINT', () => void server.close());
