import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeOptions } from '../../../src/cli/serve.js';
import { splitNamedSource } from '../../../src/cli/source-flag.js';

describe('splitNamedSource', () => {
  it.each([
    ['door=camera:1', 'door', 'camera:1'],
    ['front_door-2=rtsp://u:p=w@cam/1?a=b', 'front_door-2', 'rtsp://u:p=w@cam/1?a=b'],
    ['a=b=c', 'a', 'b=c'],
    ['camera', null, 'camera'],
    ['testsrc=size=640x360,rate=15', null, 'testsrc=size=640x360,rate=15'],
    ['screen=1', null, 'screen=1'],
    ['test=testsrc=rate=15', 'test', 'testsrc=rate=15'],
    ['lavfi:color=red', null, 'lavfi:color=red'],
    ['http://host/?id=1', null, 'http://host/?id=1'],
    ['./a=b.mp4', null, './a=b.mp4'],
    ['1st=camera', null, '1st=camera'],
    ['=camera', null, '=camera'],
    ['door=', null, 'door='],
  ])('splits %s', (text, name, spec) => expect(splitNamedSource(text)).toEqual({ name, spec }));

  it('takes an existing file as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'framegear-source-'));
    const before = process.cwd();
    try {
      process.chdir(folder);
      writeFileSync('a=b.mp4', '');
      expect(splitNamedSource('a=b.mp4')).toEqual({ name: null, spec: 'a=b.mp4' });
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });
});

describe('mergeOptions', () => {
  const customStream = { read: () => null, stop: () => undefined };

  it('lets what was typed win', () => {
    const config = { port: 1, loop: true, codecs: ['vp9' as const] };
    const typed = { sources: [], options: { port: 2, loop: false } };
    expect(mergeOptions(config, typed)).toEqual({ port: 2, loop: false, codecs: ['vp9'] });
  });

  it('puts a typed source in the place of any other', () => {
    expect(mergeOptions({ source: 'a' }, { sources: ['b'], options: {} })).toEqual({ source: 'b' });
    expect(mergeOptions({ customStream }, { sources: ['b'], options: {} })).toEqual({
      source: 'b',
    });
    expect(mergeOptions({ customStream }, { sources: [], options: {} })).toEqual({ customStream });
  });

  it('reads a number as a camera, and a name', () => {
    expect(mergeOptions({}, { sources: ['1'], options: {} })).toEqual({ source: 1 });
    expect(mergeOptions({}, { sources: ['door=0'], options: {} })).toEqual({
      source: 0,
      name: 'door',
    });
    expect(mergeOptions({}, { sources: ['door=0'], options: { name: 'gate' } }).name).toBe('gate');
  });

  it('refuses a second source', () => {
    const typed = { sources: ['a', 'b'], options: {} };
    expect(() => mergeOptions({}, typed)).toThrow('one source per server for now, got 2: a, b');
  });

  it('refuses an empty source', () => {
    expect(() => mergeOptions({}, { sources: [''], options: {} })).toThrow('--source');
  });
});
