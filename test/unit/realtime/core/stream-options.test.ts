import { describe, expect, it } from 'vitest';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import type { StreamCoreOptions } from '../../../../src/realtime/core/stream-options.js';
import { VideoStreamHandler } from '../../../../src/realtime/handlers/video-stream-handler.js';
import type { VideoFrame } from '../../../../src/media/video-frame.js';
import { FrameCount, ScriptedHandler, SilentBoth, sound } from '../../../support/realtime-core.js';

const audio = new ScriptedHandler();
const edit = (frame: VideoFrame): VideoFrame => frame;
const frames = new FrameCount();
function* pictures(): Generator<VideoFrame> {
  yield frames.frame();
}
function* sounds(): Generator<ReturnType<typeof sound>> {
  yield sound(20);
}

const both = new SilentBoth();

const good: StreamCoreOptions[] = [
  { handler: edit },
  { handler: edit, modality: 'video', mode: 'send' },
  { handler: new VideoStreamHandler(edit, { skipFrames: true }) },
  { handler: edit.bind(null) },
  { handler: pictures, mode: 'receive' },
  { handler: pictures.bind(null), mode: 'receive' },
  { handler: () => pictures(), mode: 'receive' },
  { handler: new VideoStreamHandler(pictures, { fps: 5 }), mode: 'receive' },
  { handler: audio, modality: 'audio' },
  { handler: audio, modality: 'audio', mode: 'send' },
  { handler: audio, modality: 'audio', mode: 'receive' },
  { handler: sounds, modality: 'audio', mode: 'receive' },
  { handler: both, modality: 'audio' },
  { handler: both, modality: 'audio-video' },
  { handler: both, modality: 'audio-video', mode: 'send' },
  { handler: both, modality: 'audio-video', mode: 'receive' },
  { handler: edit, concurrencyLimit: Infinity, timeLimitMs: Infinity },
  { handler: edit, concurrencyLimit: null, timeLimitMs: null },
];

const bad: [message: RegExp, type: typeof TypeError | typeof RangeError, options: unknown][] = [
  [/handler: .* got undefined/, TypeError, {}],
  [/handler: .* got an object/, TypeError, { handler: {} }],
  [/handler: .* got a ScriptedHandler/, TypeError, { handler: audio }],
  [/handler: .* got a generator function/, TypeError, { handler: pictures }],
  [/handler: .* got a generator function/, TypeError, { handler: pictures.bind(null) }],
  [
    /handler: .* got a generator function/,
    TypeError,
    { handler: new VideoStreamHandler(pictures), mode: 'send' },
  ],
  [/handler: .*StreamHandler .*got a function/, TypeError, { handler: edit, modality: 'audio' }],
  [
    /handler: .*StreamHandler .*got a generator/,
    TypeError,
    { handler: sounds, modality: 'audio', mode: 'send' },
  ],
  [
    /handler: .* got a VideoStreamHandler/,
    TypeError,
    { handler: new VideoStreamHandler(edit), modality: 'audio', mode: 'receive' },
  ],
  [
    /handler: expected an AudioVideoStreamHandler .* got a Scripted/,
    TypeError,
    { handler: audio, modality: 'audio-video' },
  ],
  [/modality: .* got "smell"/, TypeError, { handler: edit, modality: 'smell' }],
  [/mode: .* got null/, TypeError, { handler: edit, mode: null }],
  [/onError: .* got "panic"/, TypeError, { handler: edit, onError: 'panic' }],
  [/concurrencyLimit: .* got 0/, RangeError, { handler: edit, concurrencyLimit: 0 }],
  [/concurrencyLimit: .* got 1.5/, RangeError, { handler: edit, concurrencyLimit: 1.5 }],
  [/concurrencyLimit: .* got a string/, TypeError, { handler: edit, concurrencyLimit: '3' }],
  [/timeLimitMs: .* got -1/, RangeError, { handler: edit, timeLimitMs: -1 }],
  [/timeLimitMs: .* got NaN/, RangeError, { handler: edit, timeLimitMs: NaN }],
  [/timeLimitMs: .* got 3000000000/, RangeError, { handler: edit, timeLimitMs: 3e9 }],
  [/timeLimitMs: .* got a string/, TypeError, { handler: edit, timeLimitMs: '3' }],
];

describe('options of a stream', () => {
  it.each(good.map((options, i) => [i, options] as const))('fit together: %i', (_, options) => {
    const core = new StreamCore(options);
    expect(core.modality).toBe(options.modality ?? 'video');
    expect(core.mode).toBe(options.mode ?? 'send-receive');
  });

  it.each(bad)('are refused: %s', (message, type, options) => {
    const make = (): StreamCore => new StreamCore(options as StreamCoreOptions);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  it('tell transports the rates of a handler, and of a generator of sound', () => {
    const given = new StreamCore({ handler: audio, modality: 'audio' });
    expect(given.prototype).toBe(audio);
    const made = new StreamCore({ handler: sounds, modality: 'audio', mode: 'receive' });
    expect(made.prototype?.outputSampleRate).toBe(48_000);
    expect(new StreamCore({ handler: edit }).prototype).toBeNull();
  });
});
