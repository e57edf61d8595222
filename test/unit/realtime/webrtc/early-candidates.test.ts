import { describe, expect, it } from 'vitest';
import { EarlyCandidates } from '../../../../src/realtime/webrtc/early-candidates.js';

const candidate = (line: string): { line: string; usernameFragment: null } => ({
  line,
  usernameFragment: null,
});

describe('EarlyCandidates', () => {
  it('gives what came, once, in order', () => {
    const early = new EarlyCandidates();
    early.add('a', candidate('1'));
    early.add('b', candidate('2'));
    early.add('a', candidate('3'));
    expect(early.take('a')).toEqual([candidate('1'), candidate('3')]);
    expect(early.take('a')).toEqual([]);
    expect(early.take('b')).toHaveLength(1);
    expect(early.size).toBe(0);
  });

  it('forgets after 15 s', () => {
    let now = 0;
    const early = new EarlyCandidates(() => now);
    early.add('a', candidate('1'));
    early.add('b', candidate('2'));
    now = 10_000;
    early.add('a', candidate('3'));
    now = 16_000;
    expect(early.take('a')).toEqual([candidate('3')]);
    early.add('c', candidate('4'));
    expect(early.size).toBe(1);
  });

  it('keeps 32 of an id and 256 ids, and lets go of the oldest', () => {
    const early = new EarlyCandidates();
    for (let i = 0; i < 1000; i++) early.add('a', candidate(String(i)));
    expect(early.take('a')).toHaveLength(32);
    for (let i = 0; i < 1000; i++) early.add(`id${i}`, candidate('x'));
    expect(early.size).toBe(256);
    expect(early.take('id743')).toEqual([]);
    expect(early.take('id744')).toHaveLength(1);
    early.clear();
    expect(early.size).toBe(0);
  });
});
