import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { AudioDecoder } from '../../src/codec/audio-decoder.js';
import { AudioEncoder } from '../../src/codec/audio-encoder.js';
import { AudioResampler } from '../../src/codec/audio-resampler.js';
import { AudioData } from '../../src/media/audio-data.js';
import { tone } from '../support/tones.js';

const piece = AudioData.from(tone({ frequency: 440, sampleRate: 48_000, duration: 20 }), {
  sampleRate: 48_000,
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory of the process without its garbage, in MiB. */
async function held(): Promise<number> {
  // What garbage held outside of the heap is let go in the turns that follow.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await setImmediate();
  }
  return process.memoryUsage().rss / 2 ** 20;
}

/** How much more memory is held after the second run of `work` than after the first. */
async function growth(times: number, work: () => void): Promise<number> {
  const run = async (): Promise<number> => {
    for (let i = 0; i < times; i++) {
      work();
      if (i % 50 === 0) await setImmediate();
    }
    return held();
  };
  const before = await run();
  return (await run()) - before;
}

describe('memory of sound', () => {
  it('does not grow over 10,000 pieces encoded, decoded and resampled', async () => {
    using encoder = AudioEncoder.create({
      codec: 'opus',
      sampleRate: 48_000,
      numberOfChannels: 1,
      complexity: 0,
    });
    using decoder = AudioDecoder.create({ codec: 'opus' });
    using resampler = AudioResampler.create({
      sampleRate: 16_000,
      numberOfChannels: 1,
      frameSize: 512,
    });
    const grown = await growth(10_000, () => {
      for (const chunk of encoder.encode(piece)) {
        for (const sound of decoder.decode(chunk)) resampler.push(sound);
      }
    });
    expect(grown).toBeLessThan(15);
  });

  it('does not grow over 500 coders opened and closed', async () => {
    const grown = await growth(500, () => {
      using encoder = AudioEncoder.create({
        codec: 'opus',
        sampleRate: 44_100,
        numberOfChannels: 2,
      });
      using decoder = AudioDecoder.create({ codec: 'opus', sampleRate: 16_000 });
      for (const chunk of encoder.encode(piece)) decoder.decode(chunk);
    });
    expect(grown).toBeLessThan(15);
  });
});
