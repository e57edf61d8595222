// Your voice, back after half a second: what a handler hears, and what it says.
//
//   npx tsx examples/stream-echo.ts
import { Stream, StreamHandler } from 'framegear';
import type { AudioData } from 'framegear';

/** 20 ms each. */
const piecesOfDelay = 25;

class Echo extends StreamHandler {
  readonly #heard: AudioData[] = [];

  /** Every connection gets a handler of its own. */
  copy(): Echo {
    return new Echo(this);
  }

  receive(frame: AudioData): void {
    this.#heard.push(frame);
  }

  emit(): AudioData | null {
    return this.#heard.length > piecesOfDelay ? (this.#heard.shift() ?? null) : null;
  }
}

const stream = new Stream({
  modality: 'audio',
  handler: new Echo({ outputSampleRate: 48_000 }),
  title: 'Echo',
  concurrencyLimit: 10,
  timeLimitMs: 5 * 60_000,
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
