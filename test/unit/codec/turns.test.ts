import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/codec/turns.js';

describe('Turns', () => {
  it('runs one piece of work at a time, in order, past failures', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const work =
      (name: string, fail = false) =>
      async (): Promise<string> => {
        log.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} out`);
        if (fail) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([
      turns.take(work('a')),
      turns.take(work('b', true)),
      turns.take(work('c')),
    ]);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
