import { expect, it } from 'vitest';
import { hasColors } from '../../../src/cli/colors.js';

const tty = { isTTY: true };

it.each([
  [{ stream: tty, env: {} }, true],
  [{ stream: {}, env: {} }, false],
  [{ stream: tty, env: { NO_COLOR: '1' } }, false],
  [{ stream: tty, env: { NO_COLOR: '' } }, true],
  [{ stream: tty, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
  [{ stream: {}, env: { FORCE_COLOR: '1' } }, true],
  [{ stream: tty, env: { FORCE_COLOR: '0' } }, false],
  [{ stream: tty, env: { TERM: 'dumb' } }, false],
  [{ stream: tty, env: {}, wanted: false }, false],
  [{ stream: {}, env: { FORCE_COLOR: '1' }, wanted: false }, false],
])('decides about colours from %j: %j', (context, colors) => {
  expect(hasColors(context)).toBe(colors);
});
