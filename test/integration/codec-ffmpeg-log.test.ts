import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Log } from 'node-av/lib';
import { AV_LOG_DEBUG, AV_LOG_ERROR, AV_LOG_FATAL, AV_LOG_INFO } from 'node-av/constants';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recentFfmpegErrors, setFfmpegLogger } from '../../src/codec/ffmpeg-log.js';
import { silentLogger } from '../../src/logger.js';
import type { Logger } from '../../src/logger.js';

const run = promisify(execFile);

function recorder(): { lines: string[]; logger: Logger } {
  const lines: string[] = [];
  const record =
    (level: string) =>
    (_: object | string, message?: string): void =>
      void lines.push(`${level} ${message}`);
  return { lines, logger: { ...silentLogger, debug: record('debug'), warn: record('warn') } };
}

afterEach(() => setFfmpegLogger(null));

describe('setFfmpegLogger', () => {
  it('passes lines on at debug, fatal ones at warn, details not at all', async () => {
    const { lines, logger } = recorder();
    setFfmpegLogger(logger);
    Log.log(AV_LOG_INFO, 'an info\n');
    Log.log(AV_LOG_ERROR, 'an error\n');
    Log.log(AV_LOG_FATAL, 'the end\n');
    Log.log(AV_LOG_DEBUG, 'a detail\n');
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines).toEqual(['debug an info', 'debug an error', 'warn the end']);
  });

  it('lets no more than 50 lines a second through, and says how many it left out', async () => {
    const { lines, logger } = recorder();
    setFfmpegLogger(logger);
    for (let index = 0; index < 500; index += 1) Log.log(AV_LOG_INFO, `line ${index}\n`);
    await recentFfmpegErrors();
    expect(lines.length).toBeLessThanOrEqual(101);
    await vi.waitFor(
      () => {
        Log.log(AV_LOG_INFO, 'later\n');
        expect(lines.join('\n')).toMatch(/lines of FFmpeg left out/);
      },
      { timeout: 5000 },
    );
  });
});

describe('recentFfmpegErrors', () => {
  it('keeps the last 20 error lines, without credentials, with or without a logger', async () => {
    for (let index = 0; index < 30; index += 1) Log.log(AV_LOG_ERROR, `error ${index}\n`);
    Log.log(AV_LOG_ERROR, 'cannot open rtsp://user:secret@camera/1\n');
    const lines = await recentFfmpegErrors();
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe('error 11');
    expect(lines.at(-1)).toBe('cannot open rtsp://***@camera/1');
  });

  it('leaves out what is older than asked for', async () => {
    Log.log(AV_LOG_ERROR, 'old\n');
    await recentFfmpegErrors();
    expect(await recentFfmpegErrors(Date.now() + 1)).toEqual([]);
  });
});

describe('FFmpeg in a process of its own', () => {
  it('writes nothing to stderr, and does not keep the process alive', async () => {
    const encoder = new URL('../../src/codec/video-encoder.ts', import.meta.url).href;
    const frame = new URL('../../src/media/video-frame.ts', import.meta.url).href;
    const script = `
      const { VideoEncoder } = await import(${JSON.stringify(encoder)});
      const { VideoFrame } = await import(${JSON.stringify(frame)});
      const size = { width: 64, height: 64 };
      for (const codec of ['h264', 'vp8', 'vp9']) {
        const encoder = await VideoEncoder.create({ codec, ...size, bitrate: 100000, framerate: 30,
          hardwareAcceleration: 'prefer-hardware' });
        const init = { format: 'RGB', codedWidth: 64, codedHeight: 64, timestamp: 0 };
        await encoder.encode(VideoFrame.fromBuffer(Buffer.alloc(64 * 64 * 3), init));
        await encoder.close();
      }
      console.log('done');
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { stdout, stderr } = await run(process.execPath, args, { cwd, timeout: 25_000 });
    expect(stdout.trim()).toBe('done');
    expect(stderr).toBe('');
  });

  it('ends well with lines still under way', async () => {
    const log = new URL('../../src/codec/ffmpeg-log.ts', import.meta.url).href;
    const script = `
      const { setFfmpegLogger } = await import(${JSON.stringify(log)});
      const { Log } = await import('node-av/lib');
      const write = (_, line) => console.log(line);
      setFfmpegLogger({ debug: write, info: write, warn: write, error: write });
      Log.log(16, 'last words\\n');
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { stdout } = await run(process.execPath, args, { cwd, timeout: 25_000 });
    expect(stdout.trim()).toBe('last words');
  });
});
