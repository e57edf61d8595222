import { describe, expect, it } from 'vitest';
import { SourceError } from '../../../src/errors.js';
import { silentLogger } from '../../../src/logger.js';
import { capturePlan } from '../../../src/source/sound-device.js';
import { createSoundFactory } from '../../../src/source/sound-source.js';
import type { SoundFactory } from '../../../src/source/sound-source.js';

function factory(spec: unknown): SoundFactory {
  return createSoundFactory(spec, 'audioSource', { logger: silentLogger });
}

describe('createSoundFactory', () => {
  it.each([
    ['microphone', 'microphone', 'arrival'],
    ['microphone:hw:1,0', 'microphone hw:1,0', 'arrival'],
    ['system', 'system', 'arrival'],
    ['./song.flac', './song.flac', 'timestamp'],
    ['lavfi:sine=frequency=440', 'lavfi:sine=frequency=440', 'timestamp'],
    ['rtsp://user:secret@127.0.0.1/sound', 'rtsp://127.0.0.1/sound', 'arrival'],
    ['http://127.0.0.1/radio.mp3', 'http://127.0.0.1/radio.mp3', 'auto'],
  ])('knows %s', (spec, label, pacing) => {
    expect(factory(spec)).toMatchObject({ label, pacing, reopenable: true });
  });

  it.each([
    ['testsrc', /^audioSource: expected microphone.*'testsrc'/],
    ['camera:1', /^audioSource: expected microphone/],
    ['nonsense:x', /^audioSource: unknown scheme nonsense/],
    [7, /^audioSource: expected a spec.*number/],
    [null, /^audioSource: .*null/],
  ])('refuses %j', (spec, message) => {
    expect(() => factory(spec)).toThrow(TypeError);
    expect(() => factory(spec)).toThrow(message);
  });

  it('takes an object for what it is: paused, never opened again', () => {
    const own = { read: (): null => null, stop: (): void => undefined };
    expect(factory(own)).toMatchObject({
      reopenable: false,
      pacing: 'auto',
      label: 'custom sound',
    });
  });
});

describe('devices of other systems', () => {
  const names = (): Promise<string[]> => Promise.resolve(['Headset', 'Webcam']);

  it('are opened by FFmpeg', async () => {
    expect(await capturePlan('microphone', null, 'darwin')).toMatchObject({
      url: ':default',
      format: 'avfoundation',
    });
    expect(await capturePlan('system', 'BlackHole 2ch', 'darwin')).toMatchObject({
      url: ':BlackHole 2ch',
    });
    expect(await capturePlan('microphone', null, 'win32', names)).toMatchObject({
      url: 'audio=Headset',
      format: 'dshow',
    });
    expect(await capturePlan('microphone', 'Webcam', 'win32', names)).toMatchObject({
      url: 'audio=Webcam',
    });
  });

  it.each(['darwin', 'win32'] as const)(
    'of %s play nothing that can be recorded',
    async (platform) => {
      const refused = capturePlan('system', null, platform);
      await expect(refused).rejects.toThrow(SourceError);
      await expect(refused).rejects.toThrow('system:');
    },
  );

  it('may have no microphone', async () => {
    const none = capturePlan('microphone', null, 'win32', () => Promise.resolve([]));
    await expect(none).rejects.toMatchObject({ code: 'source-not-found', retryable: true });
  });
});
