import { describe, expect, it } from 'vitest';
import { audioFromBytes, audioToBytes } from '../../../src/codec/audio-files.js';
import type { AudioToBytesOptions } from '../../../src/codec/audio-files.js';
import {
  EncodingError,
  InvalidStateError,
  LimitExceededError,
  NotSupportedError,
} from '../../../src/errors.js';
import { AudioData } from '../../../src/media/audio-data.js';
import { channelOf, levelAt, tone } from '../../support/tones.js';

function sound(
  sampleRate: number,
  numberOfChannels: number = 1,
  duration: number = 500,
): AudioData {
  const samples = tone({ frequency: 440, sampleRate, numberOfChannels, duration });
  return AudioData.from(samples, { sampleRate, numberOfChannels, timestamp: 123 });
}

describe('audioToBytes and audioFromBytes', () => {
  it('keep every sample of a WAV file', async () => {
    for (const numberOfChannels of [1, 2, 6]) {
      const audio = sound(22_050, numberOfChannels);
      const bytes = await audioToBytes(audio, { format: 'wav' });
      expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
      const read = await audioFromBytes(bytes);
      expect(read).toMatchObject({
        format: 's16',
        sampleRate: 22_050,
        numberOfChannels,
        timestamp: 0,
      });
      expect(read.data).toEqual(audio.data);
    }
  });

  it.each([
    ['mp3', 48_000, 1],
    ['mp3', 44_100, 2],
    ['mp3', 24_000, 1],
    ['mp3', 8000, 1],
    ['opus', 48_000, 2],
    ['opus', 24_000, 1],
    ['opus', 8000, 1],
  ] as const)(
    'keep tone and length of %s at %i Hz, %i channels',
    async (format, rate, channels) => {
      const audio = sound(rate, channels);
      const bytes = await audioToBytes(audio, { format });
      expect(bytes.toString('latin1', 0, 4) === 'OggS').toBe(format === 'opus');
      const read = await audioFromBytes(bytes);
      expect(read.numberOfChannels).toBe(channels);
      expect(Math.abs(read.duration - 500_000)).toBeLessThan(1000);
      const heard = channelOf([read], channels - 1);
      expect(levelAt(heard, 440, read.sampleRate)).toBeCloseTo(0.5, 1);
    },
  );

  it.each([
    ['mp3', 96_000, 3],
    ['opus', 44_100, 1],
    ['mp3', 7000, 1],
  ] as const)('convert what %s cannot hold: %i Hz, %i channels', async (format, rate, channels) => {
    const read = await audioFromBytes(await audioToBytes(sound(rate, channels), { format }));
    expect(Math.abs(read.duration - 500_000)).toBeLessThan(1000);
    expect(levelAt(channelOf([read]), 440, read.sampleRate)).toBeCloseTo(0.5, 1);
  });

  it('obey the bit rate', async () => {
    const audio = sound(48_000, 1, 2000);
    const small = await audioToBytes(audio, { format: 'mp3', bitrate: 32_000 });
    const large = await audioToBytes(audio, { format: 'mp3', bitrate: 128_000 });
    expect(large.length).toBeGreaterThan(small.length * 3);
  });

  it('write files of no sound, in every format', async () => {
    const none = AudioData.from(new Int16Array(0), { sampleRate: 48_000 });
    for (const format of ['wav', 'mp3', 'opus'] as const) {
      expect(await audioToBytes(none, { format })).toBeInstanceOf(Buffer);
    }
  });

  it('work side by side', async () => {
    const all = await Promise.all(
      [300, 500, 700, 900].map(async (duration) =>
        audioFromBytes(await audioToBytes(sound(48_000, 1, duration), { format: 'mp3' })),
      ),
    );
    expect(all.map(({ duration }) => Math.round(duration / 10_000) * 10)).toEqual([
      300, 500, 700, 900,
    ]);
  });

  it('leave the sound and the bytes as they were', async () => {
    const audio = sound(48_000);
    const before = audio.data.slice();
    const bytes = await audioToBytes(audio, { format: 'opus' });
    const copy = Buffer.from(bytes);
    await audioFromBytes(bytes);
    expect(audio.data).toEqual(before);
    expect(bytes.equals(copy)).toBe(true);
  });
});

describe('audioFromBytes', () => {
  it('refuses what is no sound, with a reason', async () => {
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 0xff));
    for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), noise, Buffer.alloc(9999)]) {
      await expect(audioFromBytes(bytes)).rejects.toThrow(EncodingError);
    }
  });

  it('follows no playlist to a file or an address', async () => {
    const lists = [
      '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n',
      'ffconcat version 1.0\nfile /etc/passwd\n',
    ];
    for (const list of lists) {
      await expect(audioFromBytes(Buffer.from(list))).rejects.toThrow(EncodingError);
    }
  });

  it('reads what is there of a file that was cut off or damaged', async () => {
    const bytes = await audioToBytes(sound(48_000, 1, 2000), { format: 'mp3' });
    const cut = await audioFromBytes(bytes.subarray(0, bytes.length / 2));
    expect(cut.duration).toBeGreaterThan(800_000);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xa5, 6000, 6500);
    expect((await audioFromBytes(damaged)).duration).toBeGreaterThan(1_500_000);
  });

  it('refuses more sound than it may hold', async () => {
    const bytes = await audioToBytes(sound(8000, 1, 3000), { format: 'opus' });
    const reading = audioFromBytes(bytes, { maxDurationMs: 1000 });
    await expect(reading).rejects.toThrow(LimitExceededError);
    await expect(reading).rejects.toMatchObject({ code: 'audio-too-long' });
  });

  it('says so when a file has no sound', async () => {
    // A WAV header that states a codec of nobody.
    const bytes = await audioToBytes(sound(8000), { format: 'wav' });
    bytes.writeUInt16LE(0x7abc, 20);
    await expect(audioFromBytes(bytes)).rejects.toThrow(NotSupportedError);
  });

  it('refuses wrong arguments', async () => {
    await expect(audioFromBytes('RIFF' as never)).rejects.toThrow(TypeError);
    await expect(audioFromBytes(Buffer.alloc(1), { maxDurationMs: 0 })).rejects.toThrow(RangeError);
  });
});

describe('audioToBytes', () => {
  it.each([
    [{ format: 'flac' }, TypeError, 'format'],
    [undefined, TypeError, 'format'],
    [{ format: 'mp3', bitrate: 1 }, RangeError, 'bitrate'],
    [{ format: 'mp3', bitrate: 'high' }, TypeError, 'bitrate'],
  ])('refuses %o', async (options, Kind, field) => {
    const writing = audioToBytes(sound(48_000), options as AudioToBytesOptions);
    await expect(writing).rejects.toThrow(Kind);
    await expect(writing).rejects.toThrow(field);
  });

  it('refuses what is no open AudioData', async () => {
    await expect(audioToBytes({} as never, { format: 'wav' })).rejects.toThrow(TypeError);
    const audio = sound(48_000);
    audio.close();
    await expect(audioToBytes(audio, { format: 'wav' })).rejects.toThrow(InvalidStateError);
  });
});
