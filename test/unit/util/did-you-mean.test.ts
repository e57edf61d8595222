import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../../src/util/did-you-mean.js';

const known: [string, ...string[]][] = [
  ['bitrate'],
  ['startDelayMs', 'time_delay'],
  ['frameSizeReduction', 'frame_size_reduction'],
  ['port'],
];

describe('didYouMean', () => {
  it.each([
    ['bitrat', 'bitrate'],
    ['Bitrate', 'bitrate'],
    ['time-delay', 'startDelayMs'],
    ['framesizereduction', 'frameSizeReduction'],
    ['prot', 'port'],
    ['ptro', null],
    ['prt', 'port'],
    ['xyzzy', null],
    ['', null],
  ])('answers %j with %j', (word, meant) => expect(didYouMean(word, known)).toBe(meant));
});
