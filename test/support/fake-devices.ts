import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { audioToBytes } from '../../src/codec/audio-files.js';
import { AudioData } from '../../src/media/audio-data.js';
import { tone } from './tones.js';

/** What Chromium's camera and microphone give, from files; `remove()` them. */
export interface FakeDevices {
  /** For `launchChromium()`. */
  readonly args: readonly string[];
  remove(): void;
}

/** Of the microphone's tone. */
export const toneHertz = 440;
/** Of the microphone's tone; 1 is full scale. */
const toneLevel = 0.4;

/**
 * A camera that shows red and green above blue and white, and a microphone that hears 440 Hz.
 *
 * @param size - The camera's only one. Default 320 x 240.
 */
export async function makeFakeDevices(
  size: { width: number; height: number } = { width: 320, height: 240 },
): Promise<FakeDevices> {
  const folder = mkdtempSync(path.join(tmpdir(), 'framegear-devices-'));
  const camera = path.join(folder, 'camera.y4m');
  const microphone = path.join(folder, 'microphone.wav');
  writeFileSync(camera, fourColours(size));
  const sampleRate = 48_000;
  // whole periods, since Chromium begins again at the end
  const samples = tone({ frequency: toneHertz, sampleRate, duration: 5000, level: toneLevel });
  const sound = AudioData.from(samples, { sampleRate, numberOfChannels: 1 });
  writeFileSync(microphone, await audioToBytes(sound, { format: 'wav' }));
  return {
    args: [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${camera}`,
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Y, U, V of red, green, blue and white in BT.601. */
const [red, green, blue, white] = [
  [81, 90, 240],
  [145, 54, 34],
  [41, 240, 110],
  [235, 128, 128],
] as const;

function fourColours({ width, height }: { width: number; height: number }): Buffer {
  const planes = [0, 1, 2].map((plane) => {
    const [w, h] = plane === 0 ? [width, height] : [width / 2, height / 2];
    const bytes = Buffer.alloc(w * h);
    for (let y = 0; y < h; y++) {
      const [left, right] = y < h / 2 ? [red, green] : [blue, white];
      bytes.fill(left[plane as 0], y * w, y * w + w / 2);
      bytes.fill(right[plane as 0], y * w + w / 2, (y + 1) * w);
    }
    return bytes;
  });
  const frame = Buffer.concat([Buffer.from('FRAME\n'), ...planes]);
  const header = `YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420\n`;
  return Buffer.concat([Buffer.from(header), frame, frame]);
}
