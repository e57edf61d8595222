import { describe, expect, it } from 'vitest';
import { findSpeechParts } from '../../../../src/realtime/turn-taking/speech-parts.js';
import { readTurnOptions } from '../../../../src/realtime/turn-taking/turn-options.js';
import type { ModelOptions } from '../../../../src/realtime/turn-taking/turn-options.js';

/** Stretches found in a drawing of 100 ms windows, `#` being speech, as the windows they hold. */
function parts(drawing: string, options: ModelOptions = {}): string[] {
  const { model } = readTurnOptions({}, { windowSizeSamples: 1600, speechPadMs: 0, ...options });
  const windows = [...drawing].map((mark, index) => ({
    samples: Float32Array.of(index),
    probability: mark === '#' ? 0.9 : 0.1,
  }));
  return findSpeechParts(windows, model, 100).map((part) => `${part[0]}-${part.at(-1)}`);
}

describe('findSpeechParts', () => {
  it('finds nothing in silence', () => {
    expect(parts('......')).toEqual([]);
    expect(parts('')).toEqual([]);
  });

  it('parts stretches by minSilenceDurationMs', () => {
    expect(parts('####..####....', { minSilenceDurationMs: 300 })).toEqual(['0-9']);
    expect(parts('####...####....', { minSilenceDurationMs: 300 })).toEqual(['0-3', '7-10']);
  });

  it('takes a stretch that has not ended to go on to the end', () => {
    expect(parts('..###..')).toEqual(['2-6']);
  });

  it('leaves out what is shorter than minSpeechDurationMs', () => {
    const options = { minSilenceDurationMs: 200, minSpeechDurationMs: 300 };
    expect(parts('##...###..', options)).toEqual(['5-7']);
  });

  it('cuts what is longer than maxSpeechDurationMs', () => {
    const options = { minSilenceDurationMs: 200, maxSpeechDurationMs: 400 };
    expect(parts('.##########..', options)).toEqual(['1-4', '5-8', '9-10']);
  });

  it('adds what lies around, shared by neighbours', () => {
    const options = { minSilenceDurationMs: 200, speechPadMs: 300 };
    expect(parts('.....####....####.....', options)).toEqual(['2-10', '11-19']);
  });

  it('goes on down to 0.15 below the threshold', () => {
    const { model } = readTurnOptions({}, { windowSizeSamples: 512, speechPadMs: 0 });
    const windows = [0.4, 0.6, 0.4, 0.36, 0.3, 0.4].map((probability) => ({
      probability,
      samples: Float32Array.of(probability),
    }));
    const found = findSpeechParts(
      windows,
      { ...model, minSilenceDurationMs: 32, minSpeechDurationMs: 0 },
      32,
    );
    expect(found.map((part) => part.length)).toEqual([3]);
  });
});
