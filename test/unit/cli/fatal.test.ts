import { describe, expect, it } from 'vitest';
import { createColors } from '../../../src/cli/colors.js';
import { ExpectedError } from '../../../src/cli/expected-error.js';
import { reportFatal } from '../../../src/cli/fatal.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { SourceError } from '../../../src/errors.js';
import { ModuleLoadError } from '../../../src/util/load-module.js';

const colors = createColors({ stream: {}, env: {} });
const report = (error: unknown, stack = false): ReturnType<typeof reportFatal> =>
  reportFatal(error, { stack, colors });
const hint = 'Run framegear --help to see every option.';

describe('reportFatal', () => {
  it.each([
    new UsageError('--port: expected x, got "y"'),
    new RangeError('source: no such filter "x"'),
    new TypeError('transforms[0]: expected a function, got 5'),
    new TypeError("videoFilter: FFmpeg has no filter 'x'"),
  ])('ends with 2 for wrong usage: %s', (error) => {
    expect(report(error)).toEqual({ text: `error: ${error.message}\n${hint}`, exitCode: 2 });
  });

  it.each([
    new SourceError('film.mp4: no such file: check the path', { code: 'source-not-found' }),
    new ModuleLoadError('syntax', 'SyntaxError: x', { file: '/a.ts', line: 3 }),
    new ExpectedError('port 8000 is taken: choose another'),
  ])('ends with 1 and one line for %s', (error) => {
    expect(report(error)).toEqual({ text: `error: ${error.message}`, exitCode: 1 });
  });

  it('names the kind of an unexpected error, without its stack', () => {
    expect(report(new TypeError('x is not a function\nmore'))).toEqual({
      text: 'error: TypeError: x is not a function\nRun it again with --logging for details.',
      exitCode: 1,
    });
    expect(report('odd').text).toBe('error: odd\nRun it again with --logging for details.');
    expect(report(new Error('')).text).toMatch(/^error: Error\n/);
  });

  it('adds stack and causes on request', () => {
    const error = new SourceError('gone', { code: 'x', cause: new Error('deep') });
    const { text } = report(error, true);
    expect(text).toMatch(/^error: gone\n.*SourceError: gone\n {4}at /);
    expect(text).toContain('caused by Error: deep\n    at ');
  });
});
