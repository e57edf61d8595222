import { afterEach, describe, expect, it } from 'vitest';
import { AudioDecoder } from '../../../src/codec/audio-decoder.js';
import type { AudioDecoderConfig } from '../../../src/codec/audio-decoder.js';
import { AudioEncoder } from '../../../src/codec/audio-encoder.js';
import type { AudioEncoderConfig } from '../../../src/codec/audio-encoder.js';
import { InvalidStateError } from '../../../src/errors.js';
import { AudioData } from '../../../src/media/audio-data.js';
import { EncodedAudioChunk } from '../../../src/media/encoded-audio-chunk.js';
import { channelOf, inPieces, levelAt, rms, tone } from '../../support/tones.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const coder of open.splice(0)) coder.close();
});

function encoder(config: Partial<AudioEncoderConfig> = {}): AudioEncoder {
  const made = AudioEncoder.create({
    codec: 'opus',
    sampleRate: 48_000,
    numberOfChannels: 1,
    ...config,
  });
  open.push(made);
  return made;
}

function decoder(config: Partial<AudioDecoderConfig> = {}): AudioDecoder {
  const made = AudioDecoder.create({ codec: 'opus', numberOfChannels: 1, ...config });
  open.push(made);
  return made;
}

function chunk(data: Buffer, timestamp: number = 0): EncodedAudioChunk {
  return new EncodedAudioChunk({ timestamp, data });
}

/** A tone of one second as packets. */
function packets(config: Partial<AudioEncoderConfig> = {}): EncodedAudioChunk[] {
  const { sampleRate = 48_000, numberOfChannels = 1 } = config;
  const samples = tone({ frequency: 440, sampleRate, numberOfChannels, duration: 1000 });
  const frames = sampleRate / 50;
  const coder = encoder(config);
  return inPieces(samples, { sampleRate, numberOfChannels, frames }).flatMap((piece) =>
    coder.encode(piece),
  );
}

describe('AudioEncoder', () => {
  it.each([8000, 12_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])(
    'encodes a tone at %i Hz that is decoded at its pitch and level',
    (sampleRate) => {
      const coder = encoder({ sampleRate });
      const samples = tone({ frequency: 440, sampleRate, duration: 1000 });
      const chunks = inPieces(samples, { sampleRate, frames: 777 }).flatMap((piece) =>
        coder.encode(piece),
      );
      const player = decoder();
      const sound = channelOf(chunks.flatMap((piece) => player.decode(piece)));
      const middle = sound.subarray(9600, 43_200);
      expect(levelAt(middle, 440, 48_000)).toBeGreaterThan(0.4);
      expect(levelAt(middle, 440, 48_000)).toBeLessThan(0.6);
      expect(levelAt(middle, 1234, 48_000)).toBeLessThan(0.02);
    },
  );

  it('keeps two channels apart', () => {
    const left = tone({ frequency: 440, sampleRate: 48_000, duration: 500 });
    const right = tone({ frequency: 1000, sampleRate: 48_000, duration: 500 });
    const woven = new Int16Array(left.length * 2);
    left.forEach((value, i) => woven.set([value, right[i] as number], i * 2));
    const coder = encoder({ numberOfChannels: 2 });
    const player = decoder({ numberOfChannels: 2 });
    const sound = inPieces(woven, { sampleRate: 48_000, numberOfChannels: 2, frames: 960 })
      .flatMap((piece) => coder.encode(piece))
      .flatMap((piece) => player.decode(piece))
      .slice(5);
    expect(levelAt(channelOf(sound, 0), 440, 48_000)).toBeGreaterThan(0.4);
    expect(levelAt(channelOf(sound, 0), 1000, 48_000)).toBeLessThan(0.05);
    expect(levelAt(channelOf(sound, 1), 1000, 48_000)).toBeGreaterThan(0.4);
  });

  it('makes packets of 20 ms from pieces of any length, and carries the rest over', () => {
    const coder = encoder({ sampleRate: 24_000 });
    const make = (frames: number, timestamp: number): EncodedAudioChunk[] =>
      coder.encode(AudioData.from(new Int16Array(frames), { sampleRate: 24_000, timestamp }));
    expect(make(479, 1_000_000)).toEqual([]);
    expect(make(1, 1_019_958).map(({ timestamp }) => timestamp)).toEqual([1_000_000]);
    const times = make(1200, 1_020_000).map(({ timestamp, duration }) => [timestamp, duration]);
    expect(times).toEqual([
      [1_020_000, 20_000],
      [1_040_000, 20_000],
    ]);
    expect(coder.flush().map(({ timestamp }) => timestamp)).toEqual([1_060_000]);
    expect(coder.flush()).toEqual([]);
  });

  it('converts sound of another shape than it was made for', () => {
    const coder = encoder({ sampleRate: 24_000 });
    const stereo = tone({
      frequency: 440,
      sampleRate: 44_100,
      duration: 500,
      numberOfChannels: 2,
    });
    const data = Float32Array.from(stereo, (value) => value / 32_768);
    const chunks = coder.encode(AudioData.from(data, { sampleRate: 44_100, numberOfChannels: 2 }));
    const player = decoder();
    const sound = channelOf(chunks.slice(0, 24).flatMap((piece) => player.decode(piece)));
    expect(levelAt(sound.subarray(4800), 440, 48_000)).toBeCloseTo(0.5, 1);
  });

  it('keeps to its bit rate', () => {
    const bits = (config: Partial<AudioEncoderConfig>): number =>
      packets(config).reduce((sum, { byteLength }) => sum + byteLength * 8, 0);
    expect(bits({ bitrate: 12_000 })).toBeLessThan(16_000);
    expect(bits({})).toBeLessThan(40_000);
    expect(bits({ numberOfChannels: 2 })).toBeLessThan(80_000);
    expect(bits({ bitrate: 128_000, application: 'audio' })).toBeGreaterThan(60_000);
  });

  it('forgets the rest at a reset', () => {
    const coder = encoder();
    coder.encode(AudioData.from(new Int16Array(500), { sampleRate: 48_000 }));
    coder.reset();
    expect(coder.flush()).toEqual([]);
    const [first] = coder.encode(
      AudioData.from(new Int16Array(960), { sampleRate: 48_000, timestamp: 11 }),
    );
    expect(first?.timestamp).toBe(11);
  });

  it('closes twice and is used no more', () => {
    const coder = encoder();
    coder.close();
    coder.close();
    expect(coder.closed).toBe(true);
    const audio = AudioData.from(new Int16Array(960), { sampleRate: 48_000 });
    expect(() => coder.encode(audio)).toThrow(InvalidStateError);
    expect(() => coder.flush()).toThrow(InvalidStateError);
    expect(() => coder.reset()).toThrow(InvalidStateError);
  });

  it('refuses what is no open AudioData', () => {
    const audio = AudioData.from(new Int16Array(960), { sampleRate: 48_000 });
    audio.close();
    expect(() => encoder().encode(audio)).toThrow(InvalidStateError);
    expect(() => encoder().encode({} as never)).toThrow(TypeError);
  });

  it.each([
    [{ codec: 'aac' }, TypeError, 'codec'],
    [{ sampleRate: 10 }, RangeError, 'sampleRate'],
    [{ numberOfChannels: 3 }, RangeError, 'numberOfChannels'],
    [{ numberOfChannels: null }, TypeError, 'numberOfChannels'],
    [{ bitrate: 100 }, RangeError, 'bitrate'],
    [{ bitrate: 1e6 }, RangeError, 'bitrate'],
    [{ application: 'music' }, TypeError, 'application'],
    [{ complexity: 11 }, RangeError, 'complexity'],
    [{ expectedPacketLoss: -1 }, RangeError, 'expectedPacketLoss'],
  ])('refuses %o', (wrong, Kind, field) => {
    const make = (): AudioEncoder => encoder(wrong as Partial<AudioEncoderConfig>);
    expect(make).toThrow(Kind);
    expect(make).toThrow(field);
  });
});

describe('AudioDecoder', () => {
  it('gives 16-bit sound with the chunks times', () => {
    const player = decoder({ numberOfChannels: 2 });
    const sound = packets().map(({ data }, i) => player.decode(chunk(data, 7 + i * 20_000)));
    expect(sound.every((pieces) => pieces.length === 1)).toBe(true);
    expect(sound.map(([piece]) => piece?.timestamp)).toEqual(sound.map((_, i) => 7 + i * 20_000));
    expect(sound[0]?.[0]).toMatchObject({
      format: 's16',
      sampleRate: 48_000,
      numberOfChannels: 2,
      numberOfFrames: 960,
    });
  });

  it.each([8000, 16_000, 24_000, 44_100])('gives %i Hz when asked', (sampleRate) => {
    const player = decoder({ sampleRate });
    const sound = packets().flatMap((piece) => player.decode(piece));
    expect(sound.every((piece) => piece.sampleRate === sampleRate)).toBe(true);
    const samples = channelOf(sound);
    expect(Math.abs(samples.length - sampleRate)).toBeLessThan(40);
    expect(levelAt(samples.subarray(sampleRate / 5), 440, sampleRate)).toBeCloseTo(0.5, 1);
  });

  it('decodes stereo as mono, and mono as stereo', () => {
    const mono = decoder();
    const fromStereo = packets({ numberOfChannels: 2 }).flatMap((piece) => mono.decode(piece));
    expect(levelAt(channelOf(fromStereo.slice(5)), 440, 48_000)).toBeCloseTo(0.5, 1);
    const stereo = decoder({ numberOfChannels: 2 });
    const fromMono = packets()
      .flatMap((piece) => stereo.decode(piece))
      .slice(5);
    expect(levelAt(channelOf(fromMono, 0), 440, 48_000)).toBeCloseTo(0.5, 1);
    expect(channelOf(fromMono, 1)).toEqual(channelOf(fromMono, 0));
  });

  it('makes up for lost packets: the sound goes on, then fades to silence', () => {
    const player = decoder();
    const all = packets({ application: 'audio' });
    const before = all.slice(0, 20).flatMap((piece) => player.decode(piece));
    const made = player.conceal(15);
    expect(made.map(({ numberOfFrames }) => numberOfFrames)).toEqual(made.map(() => 960));
    expect(made.map(({ timestamp }) => timestamp)).toEqual(
      made.map((_, i) => 400_000 + i * 20_000),
    );
    const levels = made.map((piece) => rms(channelOf([piece])));
    expect(levels[0]).toBeGreaterThan(rms(channelOf(before.slice(-1))) * 0.4);
    expect(levels.slice(10)).toEqual([0, 0, 0, 0, 0]);
    const after = all.slice(35).flatMap((piece) => player.decode(piece));
    expect(after[0]?.timestamp).toBe(700_000);
    expect(levelAt(channelOf(after.slice(3)), 440, 48_000)).toBeCloseTo(0.5, 1);
  });

  it('bridges one lost packet without a hole', () => {
    const player = decoder();
    const all = packets({ application: 'audio' });
    const sound = all.flatMap((piece, i) => (i === 25 ? player.conceal(1) : player.decode(piece)));
    expect(levelAt(channelOf(sound.slice(25, 26)), 440, 48_000)).toBeGreaterThan(0.3);
  });

  it('conceals nothing before the first packet, and at most a second', () => {
    const player = decoder();
    expect(player.conceal(3)).toEqual([]);
    player.decode(packets()[0] as EncodedAudioChunk);
    expect(player.conceal(0)).toEqual([]);
    expect(player.conceal(1_000_000_000)).toHaveLength(50);
    for (const wrong of [-1, 1.5, NaN]) expect(() => player.conceal(wrong)).toThrow(RangeError);
  });

  it('conceals packets as long as the last one was', () => {
    // Three frames of 20 ms in one packet: code 3, a count, then equal parts.
    const [first] = packets({ bitrate: 24_000 });
    const part = (first as EncodedAudioChunk).data.subarray(1);
    const toc = ((first as EncodedAudioChunk).data[0] as number) | 3;
    const player = decoder();
    const [piece] = player.decode(chunk(Buffer.concat([Buffer.of(toc, 3), part, part, part])));
    expect(piece?.numberOfFrames).toBe(2880);
    expect(player.conceal(2).map(({ numberOfFrames }) => numberOfFrames)).toEqual([2880, 2880]);
  });

  it('counts damaged and empty packets, conceals them, and goes on', () => {
    const player = decoder();
    const all = packets();
    player.decode(all[0] as EncodedAudioChunk);
    for (const bad of [Buffer.alloc(0), Buffer.of(0xff), Buffer.of(3), Buffer.of(0x0b, 0xff, 1)]) {
      expect(player.decode(chunk(bad, 20_000))).toHaveLength(1);
    }
    expect(player.errors).toBe(4);
    const sound = all.slice(1).flatMap((piece) => player.decode(piece));
    expect(levelAt(channelOf(sound.slice(10)), 440, 48_000)).toBeCloseTo(0.5, 1);
  });

  it('survives 5,000 packets of noise', () => {
    const player = decoder({ numberOfChannels: 2, sampleRate: 24_000 });
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
    for (let i = 0; i < 5000; i++) {
      const data = Buffer.from(Array.from({ length: random() % 90 }, () => random() & 0xff));
      for (const piece of player.decode(chunk(data, i * 20_000))) {
        expect(piece.numberOfFrames).toBeLessThan(6000);
      }
    }
    expect(player.errors).toBeGreaterThan(1000);
  });

  it('closes twice and is used no more', () => {
    const player = decoder();
    player.close();
    player.close();
    expect(player.closed).toBe(true);
    expect(() => player.decode(chunk(Buffer.of(1)))).toThrow(InvalidStateError);
    expect(() => player.conceal(1)).toThrow(InvalidStateError);
  });

  it.each([
    [{ codec: 'opus2' }, TypeError, 'codec'],
    [{ sampleRate: 0 }, RangeError, 'sampleRate'],
    [{ numberOfChannels: 6 }, RangeError, 'numberOfChannels'],
  ])('refuses %o', (wrong, Kind, field) => {
    const make = (): AudioDecoder => decoder(wrong as Partial<AudioDecoderConfig>);
    expect(make).toThrow(Kind);
    expect(make).toThrow(field);
  });
});
