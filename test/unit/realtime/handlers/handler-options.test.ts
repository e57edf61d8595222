import { describe, expect, it } from 'vitest';
import type { VideoFrame } from '../../../../src/media/video-frame.js';
import { VideoStreamHandler } from '../../../../src/realtime/handlers/video-stream-handler.js';
import { ScriptedHandler } from '../../../support/realtime-core.js';
import { StreamHandler } from '../../../../src/realtime/handlers/stream-handler.js';
import type { StreamHandlerOptions } from '../../../../src/realtime/handlers/stream-handler.js';

class Quiet extends StreamHandler {
  constructor(options?: unknown) {
    super(options as StreamHandlerOptions);
  }
  copy(): Quiet {
    return new Quiet();
  }
  receive(): void {}
  emit(): null {
    return null;
  }
}

describe('options of a StreamHandler', () => {
  it('have defaults, and may have more fields for classes of their own', () => {
    const usual = { expectedLayout: 'mono', inputSampleRate: 48_000, inputFrameSize: 960, fps: 30 };
    expect(new Quiet()).toMatchObject(usual);
    expect(new Quiet({ fps: undefined, voice: 'alto' })).toMatchObject(usual);
    expect(new Quiet({ fps: 0.5, outputSampleRate: 44_100 })).toMatchObject({ fps: 0.5 });
    expect(new ScriptedHandler()).toMatchObject(usual);
  });

  it.each<[message: string, options: unknown, kind: ErrorConstructor]>([
    ['options: expected an object, got null', null, TypeError],
    ['options: expected an object, got 24000', 24_000, TypeError],
    ['expectedLayout: expected mono or stereo, got "quad"', { expectedLayout: 'quad' }, RangeError],
    ['expectedLayout: expected mono or stereo, got 2', { expectedLayout: 2 }, TypeError],
    [
      'inputSampleRate: expected 8,000 to 192,000 Hz, got "16000"',
      { inputSampleRate: '16000' },
      TypeError,
    ],
    ['inputSampleRate: ', { inputSampleRate: null }, TypeError],
    ['inputSampleRate: ', { inputSampleRate: NaN }, RangeError],
    ['outputSampleRate: expected 8,000', { outputSampleRate: Symbol('fast') }, TypeError],
    ['outputSampleRate: expected a multiple of 50', { outputSampleRate: 22_051 }, RangeError],
    ['inputFrameSize: ', { inputFrameSize: 0 }, RangeError],
    ['inputFrameSize: ', { inputFrameSize: '960' }, TypeError],
    ['fps: expected above 0, up to 240, got 0', { fps: 0 }, RangeError],
    ['fps: expected above 0, up to 240, got "30"', { fps: '30' }, TypeError],
    ['fps: expected above 0, up to 240, got Symbol(x)', { fps: Symbol('x') }, TypeError],
  ])('are refused: %s', (message, options, kind) => {
    const make = (): unknown => new Quiet(options);
    expect(make).toThrow(message);
    expect(make).toThrow(kind);
  });
});

describe('options of a VideoStreamHandler', () => {
  it.each<[message: string, options: unknown, kind: ErrorConstructor]>([
    ['options: expected an object, got null', null, TypeError],
    ['fps: expected above 0, up to 240, got "30"', { fps: '30' }, TypeError],
    ['fps: ', { fps: null }, TypeError],
    ['fps: ', { fps: 241 }, RangeError],
    ['fps: expected above 0, up to 240, got Symbol(x)', { fps: Symbol('x') }, TypeError],
    ['skipFrames: expected true or false, got "no"', { skipFrames: 'no' }, TypeError],
    ['skipFrames: expected true or false, got null', { skipFrames: null }, TypeError],
  ])('are refused: %s', (message, options, kind) => {
    const make = (): unknown =>
      new VideoStreamHandler((frame: VideoFrame) => frame, options as never);
    expect(make).toThrow(message);
    expect(make).toThrow(kind);
  });

  it('are for a function', () => {
    expect(() => new VideoStreamHandler(null as never)).toThrow(TypeError);
  });
});
