import { describe, expect, it } from 'vitest';
import { createReportLogger } from '../../../src/delivery/report-logger.js';

describe('createReportLogger', () => {
  it('reports lines that can go to another thread', () => {
    const lines: unknown[] = [];
    const logger = createReportLogger((line) => void lines.push(structuredClone(line)));
    logger.info('plain');
    const child = logger.child({ session: 'a' });
    const err = new TypeError('broken');
    child.warn({ err, count: 1, odd: { call: () => undefined }, call: () => undefined }, 'text');
    child.debug({ nothing: null, flag: true }, 'more');
    child.error('bad');
    child.error({ err: new Error('odd', { cause: () => 1 }) }, 'worse');
    expect(lines).toMatchObject([
      { level: 'info', fields: {}, message: 'plain' },
      {
        level: 'warn',
        fields: { session: 'a', err, count: 1, odd: '{ call: [Function: call] }' },
        message: 'text',
      },
      { level: 'debug', fields: { session: 'a', nothing: null, flag: true }, message: 'more' },
      { level: 'error', fields: { session: 'a' }, message: 'bad' },
      {
        level: 'error',
        fields: { session: 'a', err: expect.stringMatching(/^Error: odd[^]*cause/) as string },
        message: 'worse',
      },
    ]);
  });
});
