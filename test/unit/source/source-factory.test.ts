import { describe, expect, it, vi } from 'vitest';
import { NotSupportedError } from '../../../src/errors.js';
import { silentLogger } from '../../../src/logger.js';
import { createSourceFactory } from '../../../src/source/source-factory.js';
import type { SourceFactory, SourceOptions } from '../../../src/source/source-factory.js';

function factory(spec: unknown, options: Partial<SourceOptions> = {}): SourceFactory {
  return createSourceFactory(spec, { logger: silentLogger, ...options });
}

describe('createSourceFactory', () => {
  it.each([
    ['', TypeError, /^source: .*''/],
    ['   ', TypeError, /^source: /],
    ['foo://bar', TypeError, /^source: unknown scheme foo: in 'foo:\/\/bar'/],
    ['gopherx:bar', TypeError, /^source: unknown scheme/],
    ['rtsp:', TypeError, /^source: expected rtsp:\/\/host/],
    ['http:///path', TypeError, /^source: expected http:\/\/host/],
    ['lavfi:', TypeError, /^source: expected a filter graph/],
    ['camera:', TypeError, /^source: expected a number after camera:/],
    ['whip:', NotSupportedError, /whip/],
    ['testsrc=size=10', TypeError, /^source: testsrc size/],
    ['testsrc=size=8x8', RangeError, /^source: testsrc size/],
    ['testsrc=rate=0', RangeError, /^source: testsrc rate/],
    ['testsrc=colour=red', TypeError, /^source: testsrc .* 'colour'/],
    [-1, RangeError, /^source: .*-1/],
    [1.5, RangeError, /^source: .*1\.5/],
    [NaN, RangeError, /^source: .*NaN/],
    [undefined, TypeError, /^source: .*undefined/],
    [null, TypeError, /^source: .*null/],
    [true, TypeError, /^source: .*boolean/],
    [{}, TypeError, /^source: .*read\(\) and stop\(\)/],
    [{ read: (): null => null }, TypeError, /^source\.stop: expected a function, got undefined/],
    [{ read: 1, stop: (): void => undefined }, TypeError, /^source\.read: .*number/],
    [
      { read: (): null => null, stop: (): void => undefined, start: 5 },
      TypeError,
      /^source\.start: .*number/,
    ],
    [class Camera {}, TypeError, /^source: .*Camera.*new/],
  ])('refuses %s', (spec, type, message) => {
    expect(() => factory(spec)).toThrow(type);
    expect(() => factory(spec)).toThrow(message);
  });

  it.each([
    [{ framerate: 0 }, RangeError, /^framerate: /],
    [{ framerate: 'fast' }, TypeError, /^framerate: .*fast/],
    [{ resolution: [640] }, TypeError, /^resolution: /],
    [{ resolution: [640.5, 480] }, TypeError, /^resolution: /],
    [{ resolution: [4, 4] }, RangeError, /^resolution: .*4x4/],
    [{ inputFormat: '' }, TypeError, /^inputFormat: /],
    [{ inputOptions: { a: {} } }, TypeError, /^inputOptions\.a: .*object/],
    [{ readTimeoutMs: 0 }, RangeError, /^readTimeoutMs: /],
  ])('refuses %j', (options, type, message) => {
    expect(() => factory('x.mp4', options as Partial<SourceOptions>)).toThrow(type);
    expect(() => factory('x.mp4', options as Partial<SourceOptions>)).toThrow(message);
  });

  it('does not show secrets in a refusal', () => {
    expect(() => factory('foo://user:secret@host/?token=abc')).toThrow(/^(?!.*(secret|abc)).*$/);
  });

  it.each([
    ['testsrc', 'testsrc'],
    ['camera', 'camera 0'],
    ['camera:2', 'camera 2'],
    ['0', 'camera 0'],
    [1, 'camera 1'],
    ['/dev/video3', '/dev/video3'],
    ['screen', 'screen'],
    ['lavfi:testsrc2', 'lavfi:testsrc2'],
    ['./film.mp4', './film.mp4'],
    ['C:\\films\\film.mp4', 'C:\\films\\film.mp4'],
    ['file:film.mp4', 'film.mp4'],
    ['file:///films/a%20b.mp4', '/films/a b.mp4'],
    ['./shots/*.jpg', './shots/*.jpg'],
    ['logo.svg', 'logo.svg'],
    ['RTSP://user:pass@cam/1', 'RTSP://cam/1'],
    ['https://host/a.m3u8?token=abc&quality=hd', 'https://host/a.m3u8?token=***&quality=hd'],
    ['srt://host:9000?passphrase=12345678901', 'srt://host:9000?passphrase=***'],
  ])('names %s as %s', (spec, label) => {
    expect(factory(spec)).toMatchObject({ label, reopenable: true });
  });

  it('passes a device format on to FFmpeg as it is', () => {
    expect(factory('testsrc2=size=64x48', { inputFormat: 'lavfi' }).label).toBe(
      'testsrc2=size=64x48',
    );
  });

  it('does not reopen what the user handed in', () => {
    class Doorbell {
      read(): null {
        return null;
      }
      stop(): void {}
    }
    expect(factory(new Doorbell())).toMatchObject({ label: 'Doorbell', reopenable: false });
    expect(factory([])).toMatchObject({ label: 'custom source', reopenable: false });
  });

  it.each([
    ['srt://0.0.0.0:9000?mode=listener', {}],
    ['srt://0.0.0.0:9000', { mode: 'listener' }],
    ['rtmp://0.0.0.0/live', { listen: 1 }],
    ['rtsp://0.0.0.0:8554/cam', { rtsp_flags: 'listen' }],
    ['tcp://0.0.0.0:9000?listen=1', {}],
    ['tcp://host:9000', {}],
  ] as const)('says that %s with %j must not be opened just to look', (spec, inputOptions) => {
    expect(factory(spec, { inputOptions }).waits).toBe(true);
  });

  it.each(['srt://host:9000', 'rtsp://cam/1', 'https://host/listen.m3u8', 'film.mp4', 'testsrc'])(
    'lets %s be opened to look',
    (spec) => {
      expect(factory(spec).waits ?? false).toBe(false);
    },
  );

  it('warns of input options that FFmpeg does not know, once', () => {
    const warn = vi.fn();
    const made = factory('film.mp4', {
      inputOptions: {
        rtsp_transprot: 'tcp',
        probesize: 1000,
        rtsp_transport: 'tcp',
        rw_timeout: 1,
      },
      logger: { ...silentLogger, warn },
    });
    made.create();
    made.create();
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(' rtsp_transprot '));
  });

  it('wants an address in stream mode', () => {
    expect(() => factory('film.mp4', { streamMode: true })).toThrow(/^source: .*film\.mp4/);
  });
});
