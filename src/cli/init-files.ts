/** A file that `framegear init` writes. */
export interface InitFile {
  /** Name in the folder. */
  name: string;
  /** What it holds. */
  text: string;
}

const transform = `import { VideoFrame, type TransformContext } from 'framegear';

/**
 * Called for every picture on its way to the viewers. You own the frame you are given: return it, or
 * close it and return another one; return null to drop it. Save this file while the server runs, and
 * viewers see the change at once.
 *
 * This one turns a bar that moves over the picture into its negative.
 */
export default function transform(frame: VideoFrame, context: TransformContext): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;

  // Pixels as bytes: red, green, blue, red, green, blue, ... row by row. The copy is yours to change.
  // Other layouts: RGBA, BGR, BGRA, GRAY8, I420, NV12. For sharp, use frame.toSharp() instead.
  const pixels = frame.toBuffer({ format: 'RGB' });
  frame.close();

  const barWidth = Math.ceil(codedWidth / 8);
  const left = (context.frameNumber * 4) % codedWidth;
  const right = Math.min(left + barWidth, codedWidth);
  for (let y = 0; y < codedHeight; y++) {
    const row = y * codedWidth * 3;
    for (let i = row + left * 3; i < row + right * 3; i++) pixels[i] = 255 - pixels[i]!;
  }

  // Send anything to the page: a script there gets it from the data channel.
  if (context.frameNumber % 30 === 0) context.send({ bar: { left, right } });

  return VideoFrame.fromBuffer(pixels, { format: 'RGB', codedWidth, codedHeight, timestamp });
}
`;

const config = `import { defineConfig } from 'framegear';

// Options for \`framegear\` in this folder. What you type on the command line wins over them.
// All of them, in words: framegear --help
export default defineConfig({
  // What to serve: 'testsrc', 'camera', 'camera:1', 'screen', './film.mp4', './shots/*.jpg',
  // 'rtsp://user:password@camera/stream', 'https://example.org/live.m3u8', ...
  source: 'testsrc',

  // Your own edits of the picture, one after the other.
  transforms: ['./transform.ts'],

  // Play a file over and over.
  // loop: true,

  // Size in pixels, pictures per second, bits per second.
  // resolution: [1280, 720],
  // framerate: 30,
  // bitrate: 2_500_000,

  // Codecs to offer, the favourite first.
  // codecs: ['vp8', 'h264', 'vp9'],

  // Let other machines in, and on which port.
  // host: '0.0.0.0',
  // port: 8000,

  // Where the files of the page are kept, for you to edit. Default: ~/.framegear
  // customDataLocation: './page',
});
`;

/** What `framegear init` writes. */
export const initFiles: readonly InitFile[] = [
  { name: 'transform.ts', text: transform },
  { name: 'framegear.config.ts', text: config },
];
