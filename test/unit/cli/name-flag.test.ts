import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../../src/cli/expected-error.js';
import { nameFlag } from '../../../src/cli/name-flag.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { StreamError } from '../../../src/errors.js';

const typed = {
  sources: [],
  options: { videoFilter: 'foo', transforms: ['a'], customDataLocation: 'x' },
};

describe('nameFlag', () => {
  it('puts the flag in the place of an option that was typed', () => {
    const cause = new TypeError("videoFilter: FFmpeg has no filter 'foo'");
    const error = nameFlag(cause, typed) as Error;
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: "--vf: FFmpeg has no filter 'foo'", cause });
    expect(nameFlag(new RangeError('transforms[1]: no'), typed)).toMatchObject({
      message: '--transform[1]: no',
    });
  });

  it('leaves what is no wrong usage what it is', () => {
    const error = nameFlag(new StreamError('customDataLocation: is gone', { code: 'x' }), typed);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).toMatchObject({ message: '--data-dir: is gone' });
  });

  it.each([
    new TypeError('colorspace: not typed'),
    new TypeError('videoFilter is not a function'),
    new Error('x'),
    'text',
  ])('leaves %s as it is', (error) => expect(nameFlag(error, typed)).toBe(error));
});
