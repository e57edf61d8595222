import { afterEach, describe, expect, it, vi } from 'vitest';
import { AudioData } from '../../../../src/media/audio-data.js';
import type { AudioSource } from '../../../../src/media/contracts.js';
import { SoundReader } from '../../../../src/pipeline/sound/sound-reader.js';
import { customSoundFactory } from '../../../../src/source/sound-source.js';
import { recordingLogger } from '../../../support/transform-frames.js';

const open: SoundReader[] = [];

afterEach(async () => {
  for (const reader of open.splice(0)) await reader.close();
});

function piece(value: number = 1): AudioData {
  return AudioData.from(new Int16Array(960).fill(value), { sampleRate: 48_000 });
}

function read(spec: unknown): {
  reader: SoundReader;
  heard: AudioData[];
  times: number[];
  logger: ReturnType<typeof recordingLogger>;
} {
  const heard: AudioData[] = [];
  const times: number[] = [];
  const logger = recordingLogger();
  const listener = {
    audio: (audio: AudioData, timestamp: number): void => {
      heard.push(audio);
      times.push(timestamp);
    },
    reset: (): void => undefined,
  };
  const reader = new SoundReader(customSoundFactory(spec, 'audioSource'), listener, logger);
  open.push(reader);
  return { reader, heard, times, logger };
}

/** A source that gives what `answer` gives and counts what is asked of it. */
function counting(answer: (calls: number) => unknown): AudioSource & { calls: string[] } {
  const calls: string[] = [];
  let reads = 0;
  return {
    calls,
    start: () => void calls.push('start'),
    read: () => answer(++reads) as AudioData,
    stop: () => void calls.push('stop'),
  };
}

describe('SoundReader', () => {
  it('reads an iterable at the pace of its sound, and says that it has ended', async () => {
    function* sound(): Generator<AudioData> {
      for (let i = 0; i < 10; i++) yield piece(i);
    }
    const { reader, heard, times, logger } = read(sound());
    reader.resume();
    await vi.waitFor(() => expect(heard).toHaveLength(10));
    times.forEach((time, i) => expect(time - (times[0] ?? 0)).toBe(i * 20_000));
    await vi.waitFor(() =>
      expect(logger.lines).toContain('info: the sound of custom sound has ended'),
    );
  });

  it('pauses an object while nobody listens, and stops it once', async () => {
    const source = counting(() => piece());
    const { reader, heard } = read(source);
    reader.resume();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(2));
    await reader.suspend();
    const paused = heard.length;
    expect(source.calls).toEqual(['start']);
    reader.resume();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(paused));
    await reader.close();
    await reader.close();
    expect(source.calls).toEqual(['start', 'stop']);
  });

  it('says what fails once, and tries again', async () => {
    const source = counting((calls) => {
      if (calls < 2) throw new Error('cable is out');
      return piece();
    });
    const { reader, heard, logger } = read(source);
    reader.resume();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(2), { timeout: 5000 });
    expect(logger.lines).toEqual([
      "warn: no sound: the sound's read() failed: cable is out; trying again until it works",
      'info: custom sound is heard again',
    ]);
  });

  it.each([
    [5, 'got number'],
    [new Int16Array(4), 'got Int16Array'],
  ])('names an answer that is no sound: %s', async (answer, message) => {
    const { reader, logger } = read(counting(() => answer));
    reader.resume();
    await vi.waitFor(() => expect(logger.lines.join()).toContain(message));
  });

  it('is started once, though who listens leaves meanwhile; its signal tells of the end alone', async () => {
    let started: () => void = () => undefined;
    const signals: AbortSignal[] = [];
    const source: AudioSource = {
      start: ({ signal }) => {
        signals.push(signal);
        return new Promise((resolve) => (started = resolve));
      },
      read: () => piece(),
      stop: () => undefined,
    };
    const { reader, heard } = read(source);
    reader.resume();
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    await reader.suspend();
    expect(signals[0]?.aborted).toBe(false);
    reader.resume();
    started();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(2));
    expect(signals).toHaveLength(1);
    await reader.close();
    expect(signals[0]?.aborted).toBe(true);
  });

  it('closes while a read hangs, and lets go of what comes after all', async () => {
    let answer: (audio: AudioData) => void = () => undefined;
    let asked = false;
    const hanging = counting(() => {
      asked = true;
      return new Promise((resolve) => (answer = resolve));
    });
    const { reader } = read(hanging);
    reader.resume();
    await vi.waitFor(() => expect(asked).toBe(true));
    await reader.close();
    const late = piece();
    answer(late);
    await vi.waitFor(() => expect(late.closed).toBe(true));
  });

  it.each([
    [5, /audioSource: expected a spec.*number/],
    [{}, /audioSource: expected an object/],
    [{ read: (): null => null }, /audioSource\.stop: expected a function/],
    [{ read: (): null => null, stop: (): void => undefined, start: 1 }, /audioSource\.start/],
  ])('refuses %j', (spec, message) => {
    expect(() => customSoundFactory(spec, 'audioSource')).toThrow(message);
  });
});
