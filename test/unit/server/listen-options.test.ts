import { describe, expect, it } from 'vitest';
import { readListenOptions } from '../../../src/server/listen-options.js';

const defaults = { host: 'localhost', port: 8000 };

describe('options of listen()', () => {
  it('are filled in', () => {
    expect(readListenOptions({}, defaults)).toEqual(defaults);
    expect(readListenOptions({ host: undefined, port: undefined }, defaults)).toEqual(defaults);
    expect(readListenOptions({ host: '::1', port: 0 }, defaults)).toEqual({ host: '::1', port: 0 });
  });

  it.each<[message: string, options: unknown, kind: ErrorConstructor]>([
    ['options: expected an object, got null', null, TypeError],
    ['options: expected an object, got 5', 5, TypeError],
    ['options: expected an object, got "8000"', '8000', TypeError],
    ['options: expected an object, got []', [], TypeError],
    ['unknown option "prot", did you mean "port"?', { prot: 1 }, TypeError],
    ['port: expected a port from 0 to 65,535, got -1', { port: -1 }, RangeError],
    ['port: expected a port from 0 to 65,535, got 70000', { port: 70_000 }, RangeError],
    ['port: expected a port from 0 to 65,535, got 1.5', { port: 1.5 }, RangeError],
    ['port: expected a port from 0 to 65,535, got NaN', { port: NaN }, RangeError],
    ['port: expected a port from 0 to 65,535, got "80"', { port: '80' }, TypeError],
    ['port: expected a port from 0 to 65,535, got null', { port: null }, TypeError],
    ['host: expected a name or an address, got null', { host: null }, TypeError],
    ['host: expected a name or an address, got 5', { host: 5 }, TypeError],
    ['host: expected a name or an address, got ""', { host: '' }, RangeError],
  ])('are refused: %s', (message, options, kind) => {
    const read = (): unknown => readListenOptions(options, defaults);
    expect(read).toThrow(message);
    expect(read).toThrow(kind);
  });
});
