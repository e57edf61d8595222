import { describe, expect, it } from 'vitest';
import { readPageMessage } from '../../../src/delivery/page-message.js';

describe('readPageMessage', () => {
  it('reads what the page measures', () => {
    const message = {
      type: 'statistics',
      wanted: true,
      playoutMs: 15.5,
      captureMs: null,
      framesDropped: 3,
      freezeCount: 1,
      more: 'of a later version',
    };
    expect(readPageMessage(message)).toEqual({
      type: 'statistics',
      wanted: true,
      report: { playoutMs: 15.5, captureMs: null, framesDropped: 3, freezeCount: 1 },
    });
  });

  it.each([-1, Infinity, NaN, '7', {}, 1e9])('takes %o for not known', (playoutMs) => {
    expect(readPageMessage({ type: 'statistics', playoutMs })).toMatchObject({
      wanted: false,
      report: { playoutMs: null, captureMs: null },
    });
  });

  it('reads the quality that a viewer chose', () => {
    expect(readPageMessage({ type: 'quality', quality: 'low' })).toEqual({
      type: 'quality',
      quality: 'low',
    });
  });

  it.each([
    null,
    7,
    'statistics',
    [],
    {},
    { type: 'quality' },
    { type: 'quality', quality: 'best' },
    { type: 'message', data: 1 },
  ])('leaves %o to the user', (message) => {
    expect(readPageMessage(message)).toBeNull();
  });
});
