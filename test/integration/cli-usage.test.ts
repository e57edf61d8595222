import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageVersion } from '../../src/util/package-version.js';
import { runCommand } from '../support/cli.js';

const hint = 'Run framegear --help to see every option.';
let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'framegear-cli-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('help and version', () => {
  it('prints the version', async () => {
    const version = `${packageVersion()}\n`;
    expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: version, stderr: '' });
    expect((await runCommand(['-v'])).stdout).toBe(version);
  });

  it('prints plain help with groups and examples', async () => {
    const { code, stdout, stderr } = await runCommand(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const heading of ['Usage:', 'Source:', 'Picture:', 'Commands:', 'Examples:']) {
      expect(stdout).toContain(heading);
    }
    expect(stdout).not.toContain('\u001b[');
  });

  it('colours help when told to', async () => {
    const { stdout } = await runCommand(['--help'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } });
    expect(stdout).toContain('\u001b[');
  });

  it('prints help when asked in a word', async () => {
    const help = await runCommand(['help']);
    expect(help).toEqual(await runCommand(['--help']));
    expect((await runCommand(['help', 'init'])).stdout).toContain('--force');
  });

  it('prints help of the commands', async () => {
    expect((await runCommand(['init', '--help'])).stdout).toContain('--force');
    expect((await runCommand(['devices', '--help'])).stdout).toContain('List cameras');
  });
});

describe('wrong usage', () => {
  it.each([
    [['--bitrat', '1M'], 'unknown option --bitrat, did you mean --bitrate?'],
    [['--time_delay', '1'], 'unknown option --time_delay, did you mean --time-delay?'],
    [['--port', 'http'], '--port: expected a whole number from 0 to 65535, got "http"'],
    [
      ['--frame-size-reduction', '95'],
      '--frame-size-reduction: expected a number from 0 to 90, got 95',
    ],
    [['help', 'nope'], 'help: expected one of init, devices, got "nope"'],
    [['--codecs', 'vp8,vp8'], "--codecs: expected each codec once, got [ 'vp8', 'vp8' ]"],
    [
      ['--ice-server', 'stun:host:99999'],
      "--ice-server[0]: expected a port from 1 to 65535 in its address, got { urls: 'stun:host:99999' }",
    ],
    [['--codecs', 'vp8,h265'], '--codecs[1]: expected one of h264, vp8, vp9, av1, got "h265"'],
    [['--port'], "option '-p, --port <port>' argument missing"],
    [['a.mp4', 'b.mp4'], 'one source per server for now, got 2: a.mp4, b.mp4'],
    [
      ['-s', 'a=camera', '-s', 'b=screen'],
      'one source per server for now, got 2: a=camera, b=screen',
    ],
    [['--config', 'nope.ts'], '--config: no such file "nope.ts"'],
    [['devices', 'x'], 'devices: unexpected argument "x"'],
  ])('exits with 2 and names option and value: %j', async (args, message) => {
    expect(await runCommand(args, { cwd })).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${message}\n${hint}\n`,
    });
  });

  it.each([
    [['nonsense:thing'], /^error: source: unknown scheme nonsense:.*\n/],
    [['--colorspace', 'pink'], /^error: --colorspace: expected one of .* got ['"]pink['"]\n/],
    [['--vf', 'nosuchfilter'], /^error: --vf: FFmpeg has no filter 'nosuchfilter'\n/],
    [
      ['x.bin', '--input-format', 'zzz'],
      /^error: --input-format: FFmpeg has no input format zzz\n/,
    ],
  ])('exits with 2 for what only the parts know: %j', async (args, message) => {
    writeFileSync(join(cwd, 'x.bin'), 'no video');
    const quiet = ['--port', '0', '--data-dir', cwd, '--log-level', 'warn'];
    const { code, stderr, stdout } = await runCommand([...args, ...quiet], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(3);
  });

  it('names an option of the config file as it is written there', async () => {
    writeFileSync(join(cwd, 'framegear.config.mjs'), `export default { videoFilter: 'foo' };`);
    const { code, stderr } = await runCommand(['--port', '0', '--data-dir', cwd], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: videoFilter: FFmpeg has no filter 'foo'\n/);
  });

  it('names the config file', async () => {
    writeFileSync(join(cwd, 'framegear.config.ts'), 'export default { bitrate: 5 };');
    const { code, stderr } = await runCommand([], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: \.\/framegear\.config\.ts: bitrate: expected .* got 5\n/);
  });
});

describe('a start that fails', () => {
  it.each([
    ['a source that is not there', ['nope.mp4'], /^error: nope\.mp4 does not exist: .+\n$/],
    [
      'sound that is not there',
      ['--audio-source', 'nope.wav'],
      /^error: nope\.wav does not exist: .+\n$/,
    ],
    ['what is no video', ['text.mp4'], /^error: text\.mp4 .+\n$/],
    [
      'a refused address',
      ['http://127.0.0.1:1/x.mp4'],
      /^error: http:\/\/127\.0\.0\.1:1\/x\.mp4 .+\n$/,
    ],
    ['a transform that is not there', ['-t', './nope.ts'], /^error: .*nope\.ts.*\n$/],
    ['a transform with a mistake', ['-t', './bad.ts'], /^error: .*bad\.ts:2:\d+.*\n$/],
    ['a transform that throws', ['-t', './throws.ts'], /^error: .*throws\.ts:2\b.*broken.*\n$/],
  ])('tells in one line about %s, and exits with 1', async (_what, args, message) => {
    writeFileSync(join(cwd, 'text.mp4'), 'this is no video, only some text\n'.repeat(20));
    writeFileSync(join(cwd, 'bad.ts'), 'export default\n  function ( {');
    writeFileSync(join(cwd, 'throws.ts'), '\nthrow new TypeError("broken");');
    const data = ['--data-dir', cwd];
    const { code, stdout, stderr } = await runCommand([...args, '--port', '0', ...data], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(lastLine(stderr)).toMatch(message);
  });

  it('tells file and line of a broken config', async () => {
    writeFileSync(join(cwd, 'framegear.config.ts'), 'export default {\n  port: ;\n};\n');
    const { code, stderr } = await runCommand([], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: \.\/framegear\.config\.ts:2:\d+: SyntaxError.*\n$/);
  });

  it('adds the stack with --logging', async () => {
    const args = ['nope.mp4', '--logging', '--port', '0', '--data-dir', cwd];
    const { code, stderr } = await runCommand(args, { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: nope\.mp4 does not exist: .+\n.*SourceError: .+\n {4}at /m);
  });
});

/** The error itself: the log may have said something before. */
function lastLine(text: string): string {
  return `${text.trimEnd().split('\n').at(-1) ?? ''}\n`;
}
