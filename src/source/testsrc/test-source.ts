import { wrapNativeFrame } from '../../codec/native-frame.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { sleep } from '../../util/sleep.js';
import type {
  MediaSource,
  SourceFactory,
  SourceInfo,
  SourceItem,
  SourceOptions,
  SourceWants,
} from '../media-source.js';
import { checkResolution } from '../source-options.js';
import { SourceStop } from '../source-stop.js';
import { TestPicture } from './test-picture.js';
import type { TestPictureOptions } from './test-picture.js';
import { TestTone, tonePieceFrames, toneSampleRate } from './test-tone.js';

const pieceMs = (tonePieceFrames * 1000) / toneSampleRate;
/** Sound that is asked for later than this, in ms, is left out. */
const maxLateMs = 200;
/** The clock on the wall may stray so far from the one that counts, in ms, before the seconds are set anew. */
const maxWallDriftMs = 3;

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
 * when the reader was late; and its sound, in step with it.
 */
class TestSource implements MediaSource {
  wants: SourceWants = { frames: true, chunks: false, audio: false };
  readonly #prepare: () => Promise<TestPicture>;
  readonly #shape: TestPictureOptions;
  readonly #stop: SourceStop = new SourceStop();
  #picture: TestPicture | null = null;
  readonly #tone: TestTone = new TestTone();
  readonly #wall: WallClock = new WallClock();
  #startedAt: number | null = null;
  #nextFrame = 0;
  #nextPiece = 0;
  #info: SourceInfo | null = null;

  constructor(prepare: () => Promise<TestPicture>, shape: TestPictureOptions) {
    this.#prepare = prepare;
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
        this.#picture = await this.#prepare();
        const { width, height, framerate } = this.#shape;
        this.#info = {
          codedWidth: width,
          codedHeight: height,
          framerate,
          live: true,
          pacing: 'arrival',
          audio: { sampleRate: toneSampleRate, numberOfChannels: 1 },
        };
      },
    );
  }

  read(): Promise<VideoFrame | null> {
    return this.#stop.reading(async () => {
      if (!(await this.#until(this.#frameDueMs))) return null;
      return this.#draw();
    });
  }

  next(): Promise<SourceItem | null> {
    return this.#stop.reading(async () => {
      for (;;) {
        const { frames, audio } = this.wants;
        const frameMs = frames ? this.#frameDueMs : Infinity;
        const pieceDueMs = audio ? this.#pieceDueMs : Infinity;
        // With nothing wanted: looks again once in a while.
        const dueMs = Math.min(frameMs, pieceDueMs, this.#elapsedMs + 100);
        if (!(await this.#until(dueMs))) return null;
        if (dueMs === frameMs) return { kind: 'frame', frame: this.#draw() };
        if (dueMs === pieceDueMs) return { kind: 'audio', audio: this.#sound() };
      }
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

  /** Since the first picture was asked for. */
  get #elapsedMs(): number {
    this.#startedAt ??= performance.now();
    return performance.now() - this.#startedAt;
  }

  get #frameDueMs(): number {
    return (this.#nextFrame * 1000) / this.#shape.framerate;
  }

  /** When the first sample of the next piece is heard, and the piece is given out. */
  get #pieceDueMs(): number {
    const late = this.#elapsedMs - this.#nextPiece * pieceMs;
    if (late > maxLateMs) this.#nextPiece = Math.floor(this.#elapsedMs / pieceMs);
    return this.#nextPiece * pieceMs;
  }

  /** False when the source is stopped meanwhile. */
  async #until(dueMs: number): Promise<boolean> {
    const early = dueMs - this.#elapsedMs;
    if (early > 0) await sleep(early, this.#stop.signal);
    return !this.#stop.stopped && this.#picture !== null;
  }

  #draw(): VideoFrame {
    const { framerate } = this.#shape;
    const elapsedMs = this.#elapsedMs;
    const number = Math.max(this.#nextFrame, Math.floor((elapsedMs * framerate) / 1000));
    this.#nextFrame = number + 1;
    const picture = this.#picture as TestPicture;
    const frame = picture.draw({ timeMs: Date.now(), elapsedMs, frameNumber: number });
    return wrapNativeFrame(frame, {
      // When it was drawn, not when it was due: what is on it says that, too.
      timestamp: Math.round(elapsedMs * 1000),
      duration: Math.round(1_000_000 / framerate),
    });
  }

  #sound(): AudioData {
    const startMs = this.#nextPiece * pieceMs;
    this.#nextPiece += 1;
    const timeMs = this.#wall.at((this.#startedAt ?? 0) + startMs);
    return this.#tone.next(startMs * 1000, timeMs);
  }
}

/** The time of day of moments of `performance.now()`, finer than the milliseconds of `Date.now()`. */
class WallClock {
  #offsetMs = Number.NEGATIVE_INFINITY;

  at(momentMs: number): number {
    // Whole milliseconds, cut off: the largest difference is the nearest to the truth.
    const offsetMs = Date.now() - performance.now();
    if (offsetMs > this.#offsetMs || offsetMs < this.#offsetMs - maxWallDriftMs) {
      this.#offsetMs = offsetMs;
    }
    return momentMs + this.#offsetMs;
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
