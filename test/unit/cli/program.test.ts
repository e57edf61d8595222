import { describe, expect, it } from 'vitest';
import { optionTable } from '../../../src/config/option-table.js';
import { createProgram } from '../../../src/cli/program.js';
import type { TypedOptions } from '../../../src/cli/typed-options.js';
import { separateHost, unknownFlag } from '../../../src/cli/typed-options.js';

type Call = [name: string, ...args: unknown[]];

async function run(...argv: string[]): Promise<Call> {
  let call: Call = ['nothing'];
  const program = createProgram('1.2.3', {
    serve: async (typed) => void (call = ['serve', typed]),
    init: async (directory, options) => void (call = ['init', directory, options]),
    devices: async (typed) => void (call = ['devices', typed]),
  });
  await program.parseAsync(separateHost(argv), { from: 'user' });
  return call;
}

async function typed(...argv: string[]): Promise<TypedOptions> {
  return (await run(...argv))[1] as TypedOptions;
}

function help(): string {
  const actions = { serve: async () => {}, init: async () => {}, devices: async () => {} };
  return createProgram('1.2.3', actions)
    .configureOutput({ getOutHelpWidth: () => 200 })
    .helpInformation();
}

describe('flags', () => {
  it('contains nothing that was not typed', async () => {
    expect(await typed()).toEqual({ sources: [], options: {} });
  });

  it.each([
    [['--name', 'door'], { name: 'door' }],
    [['--stream-mode'], { streamMode: true }],
    [['--input-format', 'mjpeg'], { inputFormat: 'mjpeg' }],
    [['--input-option', 'a=1', '--input-option', 'b=c=d'], { inputOptions: { a: '1', b: 'c=d' } }],
    [['--resolution', '1280x720'], { resolution: [1280, 720] }],
    [['--framerate', '29.97'], { framerate: 29.97 }],
    [['--time-delay', '1.5'], { startDelayMs: 1500 }],
    [['--time-delay', '.5'], { startDelayMs: 500 }],
    [['--loop'], { loop: true }],
    [['--no-loop'], { loop: false }],
    [['--infinite-frames'], { infiniteFrames: true }],
    [['-t', './a.ts', '--transform', 'b.js'], { transforms: ['./a.ts', 'b.js'] }],
    [['--vf', 'hflip,vflip'], { videoFilter: 'hflip,vflip' }],
    [['--colorspace', 'gray'], { colorspace: 'gray' }],
    [['--stabilize'], { stabilize: true }],
    [['--frame-size-reduction', '40'], { frameSizeReduction: 40 }],
    [['--on-transform-error', 'drop'], { transformErrors: 'drop' }],
    [['--codecs', 'h264,vp8'], { codecs: ['h264', 'vp8'] }],
    [['--bitrate', '1.5M'], { bitrate: 1_500_000 }],
    [['--renditions', 'full,half'], { renditions: ['full', 'half'] }],
    [['--renditions', '2'], { renditions: 2 }],
    [['--hardware-acceleration', 'prefer-hardware'], { hardwareAcceleration: 'prefer-hardware' }],
    [['--no-live-broadcast'], { enableLiveBroadcast: false }],
    [['--live-broadcast'], { enableLiveBroadcast: true }],
    [['--max-viewers', '5'], { maxViewers: 5 }],
    [['--workers', '2'], { workers: 2 }],
    [['--workers', 'auto'], { workers: 'auto' }],
    [
      ['--ice-server', 'stun:a:1', '--ice-server', 'turn:u:p@b'],
      { iceServers: [{ urls: 'stun:a:1' }, { urls: 'turn:b', username: 'u', credential: 'p' }] },
    ],
    [['--ice-port-range', '5000-5100'], { icePortRange: [5000, 5100] }],
    [['--announced-address', '203.0.113.7'], { announcedAddresses: ['203.0.113.7'] }],
    [['--host'], { host: '0.0.0.0' }],
    [['--host', '192.168.1.5'], { host: '192.168.1.5' }],
    [['--host=box.local'], { host: 'box.local' }],
    [['-p', '0'], { port: 0 }],
    [['--strict-port'], { strictPort: true }],
    [['--data-dir', 'page'], { customDataLocation: 'page' }],
    [['--overwrite-default-files'], { overwriteDefaultFiles: true }],
    [['--data-url', 'http://host/files'], { dataFilesUrl: 'http://host/files' }],
    [['-l'], { logging: true }],
  ])('reads %j', async (argv, options) => {
    expect(await typed(...argv)).toEqual({ sources: [], options });
  });

  it('reads what only the command takes', async () => {
    expect(await typed('-c', 'my.ts', '--log-level', 'warn', '--no-color')).toEqual({
      sources: [],
      options: {},
      config: 'my.ts',
      logLevel: 'warn',
      color: false,
    });
  });

  it('collects every source', async () => {
    expect((await typed('a.mp4')).sources).toEqual(['a.mp4']);
    expect((await typed('-s', 'door=camera', 'a.mp4', '--source', 'b')).sources).toEqual([
      'door=camera',
      'b',
      'a.mp4',
    ]);
  });

  it('takes what follows --host for a source unless it is an address', async () => {
    const { sources, options } = await typed('--host', 'film.mp4');
    expect({ sources, options }).toEqual({ sources: ['film.mp4'], options: { host: '0.0.0.0' } });
    expect((await typed('--host', '--loop')).options).toEqual({ host: '0.0.0.0', loop: true });
  });

  it.each([
    [['--port', 'x'], '--port: expected a whole number from 0 to 65535, got "x"'],
    [['--port', '70000'], '--port: expected a whole number from 0 to 65535, got 70000'],
    [['--bitrate', 'much'], /^--bitrate: expected bits per second from .* got "much"$/],
    [['--resolution', 'big'], '--resolution: expected a size such as 1280x720, got "big"'],
    [['--resolution', '1x720'], /^--resolution\[0\]: expected a whole number of pixels/],
    [
      ['--time-delay', 'soon'],
      '--time-delay: expected seconds from 0 to 3600 such as 2 or 0.5, got "soon"',
    ],
    [['--time-delay', '-1'], /^--time-delay: expected seconds from 0 to 3600 .*, got "-1"$/],
    [
      ['--frame-size-reduction', '95'],
      '--frame-size-reduction: expected a number from 0 to 90, got 95',
    ],
    [['--codecs', 'h264,hevc'], '--codecs[1]: expected one of h264, vp8, vp9, av1, got "hevc"'],
    [['--input-option', 'x'], '--input-option: expected name=value, got "x"'],
    [['--ice-server', 'nonsense'], /^--ice-server: expected stun:host:port, .* got "nonsense"$/],
    [['--ice-server', 'turn:host'], /^--ice-server\[0\]: expected username and credential/],
    [
      ['--ice-port-range', '10'],
      '--ice-port-range: expected a range such as 50000-50100, got "10"',
    ],
    [
      ['--announced-address', 'me'],
      /^--announced-address\[0\]: expected an IP address .* got "me"$/,
    ],
    [
      ['--on-transform-error', 'die'],
      '--on-transform-error: expected one of pass, drop, got "die"',
    ],
    [['--log-level', 'loud'], '--log-level: expected one of error, warn, info, debug, got "loud"'],
    [['--data-url', 'here'], /^--data-url: .* got "here"$/],
    [['--name', ''], /^--name: .* got ""$/],
    [['init', 'a', 'b'], 'init: unexpected argument "b"'],
    [['devices', 'a'], 'devices: unexpected argument "a"'],
  ])('refuses %j with flag and value', async (argv, message) => {
    const error = (await run(...argv).catch((reason: unknown) => reason)) as Error;
    expect(error.name).toBe('UsageError');
    expect(error.message).toMatch(asPattern(message));
  });

  it('refuses unknown flags', async () => {
    await expect(run('--nonsense')).rejects.toMatchObject({ code: 'commander.unknownOption' });
    await expect(run('--loop', 'a', '--nonsense')).rejects.toMatchObject({
      code: 'commander.unknownOption',
    });
    await expect(run('--port')).rejects.toMatchObject({ code: 'commander.optionMissingArgument' });
  });

  it.each([
    ['--bitrat', 'unknown option --bitrat, did you mean --bitrate?'],
    ['--stream_mode', 'unknown option --stream_mode, did you mean --stream-mode?'],
    ['--time_delay=3', 'unknown option --time_delay=3, did you mean --time-delay?'],
    ['--customDataLocation', 'unknown option --customDataLocation, did you mean --data-dir?'],
    ['--prot', 'unknown option --prot, did you mean --port?'],
    ['--xyzzy', 'unknown option --xyzzy'],
    ['-x', 'unknown option -x'],
  ])('suggests for %s', (flag, message) => expect(unknownFlag(flag)).toBe(message));
});

describe('commands', () => {
  it('runs init with its own flags', async () => {
    expect(await run('init')).toEqual(['init', '.', { force: false }]);
    expect(await run('init', 'dir', '--force')).toEqual(['init', 'dir', { force: true }]);
  });

  it('runs devices', async () => {
    expect(await run('devices', '--logging')).toEqual([
      'devices',
      { sources: [], options: { logging: true } },
    ]);
  });
});

describe('help', () => {
  it('shows every flag of the table with its sentence, in groups', () => {
    const text = help();
    for (const { flags, help: sentence, group } of Object.values(optionTable)) {
      if (flags === null) continue;
      expect(text).toContain(flags);
      expect(text).toContain(sentence.slice(0, 60));
      expect(text).toContain(`${group}:`);
    }
    expect(text).not.toContain('--no-loop ');
  });

  it('mentions nothing that has no flag', () => {
    expect(help()).not.toMatch(/custom-?stream/i);
  });
});

function asPattern(message: string | RegExp): RegExp {
  if (message instanceof RegExp) return message;
  return new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
