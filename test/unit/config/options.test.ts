import { describe, expect, it } from 'vitest';
import { optionTable } from '../../../src/config/option-table.js';
import { defineConfig, validateOptions } from '../../../src/config/options.js';
import { silentLogger } from '../../../src/logger.js';

const source = { read: () => null, stop: () => undefined };

function errorOf(input: unknown): Error {
  try {
    validateOptions(input);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('validateOptions', () => {
  it('fills in every default', () => {
    expect(validateOptions()).toEqual({
      source: 'testsrc',
      name: 'live',
      streamMode: false,
      inputOptions: {},
      startDelayMs: 0,
      loop: false,
      audio: true,
      infiniteFrames: false,
      transforms: [],
      stabilize: false,
      frameSizeReduction: 0,
      transformErrors: 'pass',
      codecs: ['vp8', 'h264', 'vp9'],
      bitrate: 2_500_000,
      passThrough: true,
      renditions: ['full', 'half', 'quarter'],
      hardwareAcceleration: 'no-preference',
      enableLiveBroadcast: true,
      maxViewers: Infinity,
      workers: 0,
      iceServers: [],
      announcedAddresses: [],
      host: 'localhost',
      port: 8000,
      strictPort: false,
      overwriteDefaultFiles: false,
      logging: false,
      statsIntervalMs: 60_000,
      logger: silentLogger,
    });
  });

  it('takes undefined for the default', () => {
    expect(validateOptions({ port: undefined, source: undefined })).toEqual(validateOptions({}));
  });

  it('hands out defaults that nobody else holds', () => {
    validateOptions().codecs.pop();
    expect(validateOptions().codecs).toHaveLength(3);
  });

  it('keeps objects as they are and moves customStream to source', () => {
    const transform = { transform: (): null => null };
    const audioTransform = { transformAudio: (): null => null };
    class Transform {
      transform(): null {
        return null;
      }
    }
    const transforms = [transform, audioTransform, Transform, (): null => null, './a.ts'];
    const resolved = validateOptions({ customStream: source, transforms });
    expect(resolved.source).toBe(source);
    expect(resolved).not.toHaveProperty('customStream');
    expect(resolved.transforms).toHaveLength(5);
    resolved.transforms.forEach((each, index) => expect(each).toBe(transforms[index]));
  });

  it('takes a camera number, an object and an iterable as source', () => {
    async function* frames(): AsyncGenerator<never> {}
    const iterable = frames();
    expect(validateOptions({ source: 0 }).source).toBe(0);
    expect(validateOptions({ source }).source).toBe(source);
    expect(validateOptions({ source: iterable }).source).toBe(iterable);
    const pictures: never[] = [];
    expect(validateOptions({ source: pictures }).source).toBe(pictures);
  });

  it.each([
    [3, ['full', 'half', 'quarter']],
    [1, ['full']],
    [
      ['half', 'full', 'half'],
      ['full', 'half'],
    ],
    [['quarter'], ['quarter']],
  ])('takes renditions %j', (renditions, levels) => {
    expect(validateOptions({ renditions }).renditions).toEqual(levels);
  });

  it('turns the values of inputOptions into text', () => {
    const inputOptions = { rtsp_transport: 'udp', probesize: 32 };
    expect(validateOptions({ inputOptions }).inputOptions).toEqual({
      rtsp_transport: 'udp',
      probesize: '32',
    });
  });

  it('gives every ICE address an entry of its own', () => {
    const turn = { urls: ['turn:a', 'turns:b'], username: 'u', credential: 'p' };
    expect(validateOptions({ iceServers: [{ urls: 'stun:c' }, turn] }).iceServers).toEqual([
      { urls: 'stun:c' },
      { urls: 'turn:a', username: 'u', credential: 'p' },
      { urls: 'turns:b', username: 'u', credential: 'p' },
    ]);
  });

  it.each([
    [null, 'options: expected an object, got null'],
    ['testsrc', 'options: expected an object, got "testsrc"'],
    [[], 'options: expected an object, got []'],
    [{ bitrat: 1 }, 'unknown option "bitrat", did you mean "bitrate"?'],
    [
      { frame_size_reduction: 1 },
      'unknown option "frame_size_reduction", did you mean "frameSizeReduction"?',
    ],
    [{ time_delay: 1 }, 'unknown option "time_delay", did you mean "startDelayMs"?'],
    [{ xyzzy: 1 }, 'unknown option "xyzzy"'],
    [{ constructor: 1 }, 'unknown option "constructor"'],
    [{ port: '8000' }, 'port: expected a whole number from 0 to 65535, got "8000"'],
    [{ port: null }, 'port: expected a whole number from 0 to 65535, got null'],
    [{ loop: 'yes' }, 'loop: expected true or false, got "yes"'],
    [{ codecs: 'vp8' }, 'codecs: expected a list of h264, vp8, vp9, av1, got "vp8"'],
    [{ codecs: [8] }, 'codecs[0]: expected one of h264, vp8, vp9, av1, got 8'],
    [
      { customStream: { read: 1 } },
      'customStream: expected an object with the methods read() and stop(), got { read: 1 }',
    ],
    [
      { customStream: 'film.mp4' },
      'customStream: expected an object with the methods read() and stop(), got "film.mp4"',
    ],
    [
      { customStream: source, source: 'testsrc' },
      'customStream: expected either source or customStream, got both',
    ],
    [
      { source: { read: source.read } },
      /^source: expected a source spec, .*, got \{ read: \[Function: read\] \}$/,
    ],
    [{ source: true }, /^source: .* got true$/],
    [{ transforms: [{}] }, /^transforms\[0\]: expected a function, .* got \{\}$/],
    [{ transforms: './a.ts' }, 'transforms: expected a list of transforms, got "./a.ts"'],
    [{ resolution: '1280x720' }, 'resolution: expected [width, height] in pixels, got "1280x720"'],
    [{ resolution: ['a', 720] }, /^resolution\[0\]: .* got "a"$/],
    [{ iceServers: [{ url: 'stun:x' }] }, /^iceServers\[0\]/],
    [{ inputOptions: { a: true } }, 'inputOptions.a: expected text or a number, got true'],
    [{ logger: console.log }, /^logger: expected an object with the methods/],
    [{ name: 5 }, /^name: .* got 5$/],
  ])('throws a TypeError for %j', (input, message) => {
    const error = errorOf(input);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message instanceof RegExp ? message : escape(message));
  });

  it.each([
    [{ port: -1 }, 'port: expected a whole number from 0 to 65535, got -1'],
    [{ port: 80.5 }, 'port: expected a whole number from 0 to 65535, got 80.5'],
    [{ port: Number.NaN }, 'port: expected a whole number from 0 to 65535, got NaN'],
    [{ frameSizeReduction: 91 }, 'frameSizeReduction: expected a number from 0 to 90, got 91'],
    [{ frameSizeReduction: -1 }, 'frameSizeReduction: expected a number from 0 to 90, got -1'],
    [{ renditions: 4 }, /^renditions: expected a number from 1 to 3, or a list of .*, got 4$/],
    [{ renditions: [] }, /^renditions: expected .*, got \[\]$/],
    [{ renditions: ['whole'] }, /^renditions: expected .*, got \[ 'whole' \]$/],
    [{ bitrate: 0 }, /^bitrate: expected bits per second from .*, got 0$/],
    [{ framerate: 0 }, /^framerate: .* got 0$/],
    [{ framerate: Infinity }, /^framerate: .* got Infinity$/],
    [{ startDelayMs: -5 }, /^startDelayMs: .* got -5$/],
    [{ maxViewers: 0 }, 'maxViewers: expected a whole number from 1, got 0'],
    [{ workers: -1 }, 'workers: expected a whole number from 0 to 64, or auto, got -1'],
    [{ workers: 65 }, 'workers: expected a whole number from 0 to 64, or auto, got 65'],
    [{ workers: 1.5 }, 'workers: expected a whole number from 0 to 64, or auto, got 1.5'],
    [{ workers: 'all' }, /^workers: expected a whole number from 0 to 64, or auto, got/],
    [{ maxViewers: 1.5 }, 'maxViewers: expected a whole number from 1, got 1.5'],
    [{ codecs: [] }, /^codecs: .* got \[\]$/],
    [{ codecs: ['h265'] }, 'codecs[0]: expected one of h264, vp8, vp9, av1, got "h265"'],
    [{ transformErrors: 'ignore' }, 'transformErrors: expected one of pass, drop, got "ignore"'],
    [
      { hardwareAcceleration: 'gpu' },
      /^hardwareAcceleration: expected one of no-preference, .* got "gpu"$/,
    ],
    [{ resolution: [8, 720] }, /^resolution\[0\]: .* got 8$/],
    [{ resolution: [1280] }, /^resolution: .* got \[ 1280 \]$/],
    [{ resolution: [1280, 720, 1] }, /^resolution: /],
    [
      { icePortRange: [50_100, 50_000] },
      /^icePortRange: expected a lower port before a higher one, got/,
    ],
    [{ icePortRange: [0, 70_000] }, /^icePortRange\[0\]: .* got 0$/],
    [
      { announcedAddresses: ['nowhere'] },
      'announcedAddresses[0]: expected an IP address such as 203.0.113.7, got "nowhere"',
    ],
    [
      { iceServers: [{ urls: 'http://x' }] },
      /^iceServers\[0\]\.urls: expected a stun:, .* got "http:\/\/x"$/,
    ],
    [
      { iceServers: [{ urls: 'turn:host' }] },
      /^iceServers\[0\]: expected username and credential with a turn: address/,
    ],
    [{ dataFilesUrl: 'ftp://host' }, /^dataFilesUrl: .* got "ftp:\/\/host"$/],
    [{ dataFilesUrl: 'nonsense' }, /^dataFilesUrl: .* got "nonsense"$/],
    [{ name: '1st' }, 'name: expected a letter, then letters, digits, _ and -, got "1st"'],
    [{ source: '' }, /^source: .* got ""$/],
    [{ source: -1 }, /^source: .* got -1$/],
    [{ host: '' }, /^host: .* got ""$/],
  ])('throws a RangeError for %j', (input, message) => {
    const error = errorOf(input);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(message instanceof RegExp ? message : escape(message));
  });

  it('keeps messages short whatever it was given', () => {
    expect(errorOf({ port: 'x'.repeat(10_000) }).message.length).toBeLessThan(200);
    const codecs = Array.from({ length: 1_000 }, () => ({ deep: { er: 1 } }));
    expect(errorOf({ resolution: codecs }).message.length).toBeLessThan(200);
  });
});

describe('option table', () => {
  it('has defaults that its own checks accept', () => {
    const defaults = Object.values(optionTable).filter(({ default: value }) => value !== undefined);
    for (const { schema, default: value } of defaults) expect(schema.parse(value)).toEqual(value);
  });

  it('explains each option in one sentence', () => {
    for (const { help } of Object.values(optionTable)) expect(help).toMatch(/^[A-Z].*\.$/);
  });
});

describe('defineConfig', () => {
  it('returns its argument', () => {
    const options = { port: 1 };
    expect(defineConfig(options)).toBe(options);
  });
});

function escape(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
