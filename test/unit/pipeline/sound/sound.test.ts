import { afterEach, describe, expect, it, vi } from 'vitest';
import { AudioDecoder } from '../../../../src/codec/audio-decoder.js';
import { silentLogger } from '../../../../src/logger.js';
import { AudioData } from '../../../../src/media/audio-data.js';
import type { AudioTransformContext } from '../../../../src/media/contracts.js';
import type { EncodedAudioChunk } from '../../../../src/media/encoded-audio-chunk.js';
import { Sound } from '../../../../src/pipeline/sound/sound.js';
import type { SoundTransforms } from '../../../../src/pipeline/sound/sound.js';
import { channelOf, inPieces, levelAt, rms, tone } from '../../../support/tones.js';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const sound of open.splice(0)) sound.close();
  vi.useRealTimers();
});

const noTransforms: SoundTransforms = {
  takesAudio: false,
  applyAudio: (audio) => Promise.resolve(audio),
};

const anyContext = { info: null, send: () => undefined } as unknown as AudioTransformContext;

/** A stream's sound on a clock that the test moves. */
function start(
  transforms: SoundTransforms = noTransforms,
  pictureDelayMs: () => number | null = () => null,
  context: AudioTransformContext | null = anyContext,
): {
  sound: Sound;
  chunks: EncodedAudioChunk[];
  play: (samples: Int16Array, sampleRate?: number, numberOfChannels?: number) => void;
} {
  vi.useFakeTimers({ now: 10_000 });
  const chunks: EncodedAudioChunk[] = [];
  const sound = new Sound({
    transforms,
    context: () => context,
    write: (chunk) => void chunks.push(chunk),
    pictureDelayMs,
    logger: silentLogger,
    now: () => Date.now(),
  });
  open.push(sound);
  return {
    sound,
    chunks,
    play: (samples, sampleRate = 48_000, numberOfChannels = 1) => {
      const shape = { sampleRate, numberOfChannels, frames: sampleRate / 50 };
      for (const piece of inPieces(samples, shape)) {
        sound.write(piece, Date.now() * 1000);
        vi.advanceTimersByTime(20);
      }
    },
  };
}

function decode(chunks: readonly EncodedAudioChunk[]): Float64Array {
  using decoder = AudioDecoder.create({ codec: 'opus', numberOfChannels: 1 });
  return channelOf(chunks.flatMap((chunk) => decoder.decode(chunk)));
}

describe('Sound', () => {
  it('encodes nothing while nobody listens, and closes what comes', () => {
    const { sound, chunks } = start();
    const piece = AudioData.from(new Int16Array(960), { sampleRate: 48_000 });
    sound.write(piece, 10_000_000);
    expect(piece.closed).toBe(true);
    expect(chunks).toEqual([]);
    expect(sound.stats.pieces).toBe(0);
  });

  it.each([
    [48_000, 1],
    [44_100, 2],
    [16_000, 1],
    [48_000, 6],
  ])('makes Opus of %i Hz and %i channels', (sampleRate, numberOfChannels) => {
    const { sound, chunks, play } = start();
    sound.listen(true);
    const shape = { frequency: 440, sampleRate, numberOfChannels, duration: 1000, level: 0.3 };
    play(tone(shape), sampleRate, numberOfChannels);
    expect(chunks.length).toBeGreaterThanOrEqual(47);
    const heard = decode(chunks).subarray(9600, 38_400);
    expect(levelAt(heard, 440, 48_000)).toBeGreaterThan(0.1);
    expect(levelAt(heard, 1000, 48_000)).toBeLessThan(0.01);
    chunks.forEach(({ timestamp }, index) => {
      expect(Math.abs(timestamp - (chunks[0]?.timestamp ?? 0) - index * 20_000)).toBeLessThan(3);
    });
  });

  it('gives packets the time of what they sound like, 6.5 ms after which Opus plays them', () => {
    const { sound, chunks, play } = start();
    sound.listen(true);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 100 }));
    expect(chunks[0]?.timestamp).toBe(10_000_000 - 6500);
  });

  it('follows sound that stops with silence, tells of it and is quiet; and goes on with the next', () => {
    const { sound, chunks, play } = start();
    sound.listen(true);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 500 }));
    const sounding = chunks.length;
    vi.advanceTimersByTime(2000);
    const silence = chunks.slice(sounding);
    expect(silence.length).toBeGreaterThan(5);
    expect(silence.at(-1)?.byteLength).toBeLessThanOrEqual(2);
    expect(rms(decode(chunks).subarray(-4800))).toBeLessThan(0.001);
    const stopped = chunks.length;
    vi.advanceTimersByTime(5000);
    expect(chunks).toHaveLength(stopped);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 500 }));
    expect(chunks.length).toBeGreaterThan(stopped + 20);
    expect(chunks[stopped]?.timestamp).toBe(17_500_000 - 6500);
  });

  it('is held back for pictures that take their time, and keeps its own', () => {
    let delayMs: number | null = null;
    const { sound, chunks, play } = start(noTransforms, () => delayMs);
    const latenesses = (): number[] => chunks.map(({ timestamp }) => timestamp / 1000);
    sound.listen(true);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 1000 }));
    expect(Date.now() - latenesses().at(-1)!).toBeLessThan(60);
    delayMs = 300;
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 3000 }));
    expect(Date.now() - latenesses().at(-1)!).toBeGreaterThanOrEqual(300);
    expect(Date.now() - latenesses().at(-1)!).toBeLessThan(350);
    // Small changes are not worth a break.
    delayMs = 310;
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 2000 }));
    expect(Date.now() - latenesses().at(-1)!).toBeLessThan(345);
    delayMs = 12;
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 2000 }));
    expect(Date.now() - latenesses().at(-1)!).toBeLessThan(60);
    const times = latenesses();
    times.forEach((time, i) => expect(Math.abs(time - times[0]! - i * 20)).toBeLessThan(1));
  });

  it('sends silence as next to nothing', () => {
    const { sound, chunks, play } = start();
    sound.listen(true);
    play(new Int16Array(48_000 * 4));
    expect(chunks.length).toBeLessThan(40);
    expect(sound.stats.packetsSilent).toBeGreaterThan(150);
  });

  it('takes sound through transforms in its order, however long one takes', async () => {
    let waits = true;
    const { sound, chunks, play } = start({
      takesAudio: true,
      applyAudio: async (audio) => {
        if (waits) await new Promise((resolve) => setTimeout(resolve, 50));
        waits = !waits;
        return AudioData.from(audio.toInt16().fill(0), { sampleRate: 48_000 });
      },
    });
    sound.listen(true);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 100 }));
    await vi.advanceTimersByTimeAsync(500);
    expect(sound.stats).toMatchObject({ pieces: 5, piecesDropped: 0 });
    const times = chunks.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(rms(decode(chunks))).toBeLessThan(0.001);
  });

  it('asks transforms also before the source of pictures is open: nothing passes them by', async () => {
    const asked: unknown[] = [];
    const transforms: SoundTransforms = {
      takesAudio: true,
      applyAudio: (_audio, context) => {
        asked.push(context);
        return Promise.resolve(null);
      },
    };
    const { sound, chunks, play } = start(transforms, () => null, null);
    sound.listen(true);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 100 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toEqual([null, null, null, null, null]);
    expect(chunks).toEqual([]);
    expect(sound.stats).toMatchObject({ pieces: 5, piecesDropped: 5 });
  });

  it('holds 100 pieces for a transform that does not answer, and lets the oldest go', () => {
    const { sound } = start({ takesAudio: true, applyAudio: () => new Promise(() => undefined) });
    sound.listen(true);
    const pieces = Array.from({ length: 150 }, () =>
      AudioData.from(new Int16Array(960), { sampleRate: 48_000 }),
    );
    for (const piece of pieces) sound.write(piece, 10_000_000);
    expect(sound.stats.piecesDropped).toBe(49);
    sound.close();
    expect(pieces.slice(1).every(({ closed }) => closed)).toBe(true);
  });

  it('survives what cannot be encoded, and counts it', () => {
    const { sound, chunks, play } = start();
    sound.listen(true);
    const closed = AudioData.from(new Int16Array(960), { sampleRate: 48_000 });
    closed.close();
    sound.write(closed, 10_000_000);
    expect(sound.stats.errors).toBe(1);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 200 }));
    expect(chunks.length).toBeGreaterThan(5);
  });

  it('does not believe a time far in the future', () => {
    const { sound, chunks, play } = start();
    sound.listen(true);
    sound.write(AudioData.from(new Int16Array(960), { sampleRate: 48_000 }), 3_600_000_000);
    expect(sound.stats.piecesDropped).toBe(1);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 200 }));
    expect(chunks.length).toBeGreaterThan(5);
  });

  it('leaves no timer behind', () => {
    const { sound, play } = start();
    sound.listen(true);
    play(tone({ frequency: 440, sampleRate: 48_000, duration: 100 }));
    sound.write(
      AudioData.from(new Int16Array(960), { sampleRate: 48_000 }),
      Date.now() * 1000 + 1e6,
    );
    sound.close();
    sound.close();
    expect(vi.getTimerCount()).toBe(0);
    sound.listen(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
