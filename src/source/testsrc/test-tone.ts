import { AudioData } from '../../media/audio-data.js';

/** Of the test tone, Hz; one channel. */
export const toneSampleRate = 48_000;
/** Length of a piece, in samples: 20 ms. */
export const tonePieceFrames = 960;

const frequency = 1000;
const level = 0.5;
/** Of a burst, in samples: 80 ms. */
const burstFrames = 3840;
/** Of its beginning and its end, in samples: 5 ms each, without which it would click. */
const rampFrames = 240;

/** Silence with a burst of 1 kHz at the beginning of each second. */
export class TestTone {
  /** Samples since the beginning of the one it is in; `null` between bursts. */
  #inBurst: number | null = null;

  /**
   * The next piece.
   *
   * @param timestamp - Of the piece, µs.
   * @param timeMs - The time of day at its first sample, ms since 1970.
   */
  next(timestamp: number, timeMs: number): AudioData {
    const data = new Int16Array(tonePieceFrames);
    const perMs = toneSampleRate / 1000;
    const untilSecond = Math.ceil(timeMs / 1000) * 1000 - timeMs;
    // One that has begun goes on, whatever the clock does: a jump of it would be heard.
    const begin = this.#inBurst === null ? Math.round(untilSecond * perMs) : -this.#inBurst;
    this.#inBurst = null;
    if (begin < tonePieceFrames) {
      for (let index = Math.max(0, begin); index < tonePieceFrames; index++) {
        data[index] = sample(index - begin);
      }
      const next = tonePieceFrames - begin;
      if (next < burstFrames) this.#inBurst = next;
    }
    return AudioData.from(data, { sampleRate: toneSampleRate, timestamp });
  }
}

/** The burst, sample by sample from its beginning. */
function sample(index: number): number {
  if (index >= burstFrames) return 0;
  const toEdge = Math.min(index, burstFrames - index);
  const ramp = toEdge >= rampFrames ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * toEdge) / rampFrames);
  const phase = (2 * Math.PI * frequency * index) / toneSampleRate;
  return Math.round(Math.sin(phase) * ramp * level * 32_767);
}
