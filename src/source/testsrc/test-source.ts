import { wrapNativeFrame } from '../../codec/native-frame.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { sleep } from '../../util/sleep.js';
import type { MediaSource, SourceFactory, SourceInfo, SourceOptions } from '../media-source.js';
import { checkResolution } from '../source-options.js';
import { SourceStop } from '../source-stop.js';
import { TestPicture } from './test-picture.js';
import type { TestPictureOptions } from './test-picture.js';

/**
 * The built-in moving test picture.
 *
 * @param parameters - What follows `testsrc=`: `size=640x360`, `rate=15`, joined by commas (or
 *   colons, as in FFmpeg). Default: 1280x720 at 30, or what `options` ask for.
 * @throws {TypeError} or {RangeError} naming `source`.
 */
export function testSourceFactory(parameters: string, options: SourceOptions): SourceFactory {
  const shape = parseParameters(parameters, options);
  const picture = { width: shape.width, height: shape.height, framerate: shape.framerate };
  // Drawn while the server starts, so that the first viewer need not wait for it; kept for all.
  let drawn: Promise<TestPicture> | null = null;
  const draw = (): Promise<TestPicture> => (drawn ??= TestPicture.create(picture));
  draw().catch(() => {
    // Tried, and reported, again when the source starts.
    drawn = null;
  });
  return { label: 'testsrc', reopenable: true, create: () => new TestSource(draw, shape) };
}

/**
 * Delivers the test picture as a camera would: at the moment it is taken, with nothing made up for
 * when the reader was late.
 */
class TestSource implements MediaSource {
  readonly #draw: () => Promise<TestPicture>;
  readonly #shape: TestPictureOptions;
  readonly #stop: SourceStop = new SourceStop();
  #picture: TestPicture | null = null;
  #startedAt = 0;
  #next = 0;
  #info: SourceInfo | null = null;

  constructor(draw: () => Promise<TestPicture>, shape: TestPictureOptions) {
    this.#draw = draw;
    this.#shape = shape;
  }

  get info(): SourceInfo | null {
    return this.#info;
  }

  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#stop.starting(
      signal,
      () => undefined,
      async () => {
        this.#picture = await this.#draw();
        const { width, height, framerate } = this.#shape;
        this.#info = {
          codedWidth: width,
          codedHeight: height,
          framerate,
          live: true,
          pacing: 'arrival',
        };
      },
    );
  }

  async read(): Promise<VideoFrame | null> {
    return this.#stop.reading(async () => {
      const picture = this.#picture;
      if (picture === null) return null;
      const { framerate } = this.#shape;
      if (this.#next === 0) this.#startedAt = performance.now();
      const early = this.#startedAt + (this.#next * 1000) / framerate - performance.now();
      if (early > 0) await sleep(early, this.#stop.signal);
      if (this.#stop.stopped) return null;
      const elapsedMs = performance.now() - this.#startedAt;
      const number = Math.max(this.#next, Math.floor((elapsedMs * framerate) / 1000));
      this.#next = number + 1;
      const frame = picture.draw({ timeMs: Date.now(), elapsedMs, frameNumber: number });
      return wrapNativeFrame(frame, {
        timestamp: Math.round((number * 1_000_000) / framerate),
        duration: Math.round(1_000_000 / framerate),
      });
    });
  }

  stop(): Promise<void> {
    return this.#stop.stop(
      () => undefined,
      () => {
        this.#picture = null;
      },
    );
  }
}

function parseParameters(text: string, options: SourceOptions): TestPictureOptions {
  const [width, height] = options.resolution ?? [1280, 720];
  const shape = { width, height, framerate: options.framerate ?? 30 };
  for (const part of text.split(/[,:]/).filter((field) => field !== '')) {
    const [name = '', value = ''] = part.split('=');
    if (name === 'size' || name === 's') {
      const size = /^(\d+)x(\d+)$/.exec(value)?.slice(1).map(Number);
      checkResolution('source: testsrc size', size ?? value);
      [shape.width = width, shape.height = height] = size ?? [];
    } else if (name === 'rate' || name === 'r') {
      const rate = Number(value);
      if (value === '' || !(rate >= 0.1 && rate <= 240)) {
        throw new RangeError(`source: testsrc rate: expected 0.1 to 240, got '${value}'`);
      }
      shape.framerate = rate;
    } else {
      throw new TypeError(`source: testsrc has size and rate, got '${name}'`);
    }
  }
  return shape;
}
