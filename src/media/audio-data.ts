import { InvalidStateError } from '../errors.js';

/** How samples lie in memory: 16-bit integers or floats from -1 to 1; interleaved, or one plane a channel. */
export type AudioSampleFormat = 's16' | 'f32' | 's16-planar' | 'f32-planar';

/** Samples as JavaScript holds them. */
export type AudioSamples = Int16Array | Float32Array;

/** What an {@link AudioData} is made from. */
export interface AudioDataInit {
  /** Says how `data` is laid out. */
  format: AudioSampleFormat;
  /** Samples a second of one channel. */
  sampleRate: number;
  /** 1 for mono, 2 for stereo, at most 8. */
  numberOfChannels: number;
  /** When the first sample is heard, in microseconds. */
  timestamp: number;
  /** Whole frames of samples; `Int16Array` for `s16`, `Float32Array` for `f32`. Not copied. */
  data: AudioSamples;
}

/** What {@link AudioData.from} needs to know of bare samples. */
export interface AudioSamplesInit {
  /** Samples a second of one channel. */
  sampleRate: number;
  /** Default 1; several are interleaved. */
  numberOfChannels?: number;
  /** Microseconds. Default 0. */
  timestamp?: number;
}

/**
 * A piece of raw sound, after W3C WebCodecs. It lies in JavaScript's own memory: one that is never closed
 * costs nothing but that.
 *
 * @see {@link https://www.w3.org/TR/webcodecs/#audiodata-interface}
 */
export class AudioData {
  /** How the samples lie in memory. */
  readonly format: AudioSampleFormat;
  /** Samples a second of one channel. */
  readonly sampleRate: number;
  /** Samples of one channel in here. */
  readonly numberOfFrames: number;
  /** 1 for mono, 2 for stereo. */
  readonly numberOfChannels: number;
  /** When the first sample is heard, in microseconds. */
  readonly timestamp: number;
  #data: AudioSamples | null;

  /**
   * @throws {TypeError} or {RangeError} naming the field.
   */
  constructor(init: AudioDataInit) {
    check(init);
    this.format = init.format;
    this.sampleRate = init.sampleRate;
    this.numberOfChannels = init.numberOfChannels;
    this.timestamp = init.timestamp;
    this.numberOfFrames = init.data.length / init.numberOfChannels;
    this.#data = init.data;
  }

  /**
   * Sound from bare samples, interleaved when there are several channels. Not copied.
   *
   * @throws {TypeError} or {RangeError} naming the field.
   */
  static from(samples: AudioSamples, init: AudioSamplesInit): AudioData {
    const { sampleRate, numberOfChannels = 1, timestamp = 0 } = init;
    const format = samples instanceof Float32Array ? 'f32' : 's16';
    return new AudioData({ format, sampleRate, numberOfChannels, timestamp, data: samples });
  }

  /** Length in microseconds, rounded. */
  get duration(): number {
    return Math.round((this.numberOfFrames * 1_000_000) / this.sampleRate);
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#data === null;
  }

  /**
   * The samples as they lie in memory; not a copy.
   *
   * @throws {InvalidStateError} after {@link close}.
   */
  get data(): AudioSamples {
    if (this.#data === null) throw new InvalidStateError('AudioData is closed');
    return this.#data;
  }

  /**
   * Interleaved 16-bit samples; floats are scaled by 32,767 and clipped. The memory itself when that is
   * what lies in it.
   */
  toInt16(): Int16Array {
    const { data } = this;
    if (data instanceof Int16Array) return interleave(data, this, Int16Array);
    const floats = interleave(data, this, Float32Array);
    const integers = new Int16Array(floats.length);
    for (let i = 0; i < floats.length; i++) {
      integers[i] = Math.max(-32_768, Math.min(32_767, (floats[i] as number) * 32_767));
    }
    return integers;
  }

  /**
   * Interleaved floats from -1 to 1; integers are divided by 32,768. The memory itself when that is what
   * lies in it.
   */
  toFloat32(): Float32Array {
    const { data } = this;
    if (data instanceof Float32Array) return interleave(data, this, Float32Array);
    const integers = interleave(data, this, Int16Array);
    const floats = new Float32Array(integers.length);
    for (let i = 0; i < integers.length; i++) floats[i] = (integers[i] as number) / 32_768;
    return floats;
  }

  /** Another handle on the same samples. @throws {InvalidStateError} after {@link close}. */
  clone(): AudioData {
    return new AudioData({ ...this.#fields(), data: this.data });
  }

  /** The same samples at another time. @throws {InvalidStateError} after {@link close}. */
  at(timestamp: number): AudioData {
    return new AudioData({ ...this.#fields(), timestamp, data: this.data });
  }

  /** Lets go of the samples. A second call does nothing. */
  close(): void {
    this.#data = null;
  }

  #fields(): Omit<AudioDataInit, 'data'> {
    const { format, sampleRate, numberOfChannels, timestamp } = this;
    return { format, sampleRate, numberOfChannels, timestamp };
  }
}

function interleave<T extends AudioSamples>(
  data: T,
  shape: AudioData,
  Samples: new (length: number) => T,
): T {
  const { numberOfChannels: channels, numberOfFrames: frames } = shape;
  if (channels === 1 || !shape.format.endsWith('planar')) return data;
  const woven = new Samples(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < frames; i++) {
      woven[i * channels + channel] = data[channel * frames + i] as number;
    }
  }
  return woven;
}

function check({ format, sampleRate, numberOfChannels, timestamp, data }: AudioDataInit): void {
  const Samples = samplesOf(format);
  if (!(data instanceof Samples)) throw new TypeError(`data: ${format} needs an ${Samples.name}`);
  if (!Number.isInteger(sampleRate) || sampleRate < 1000 || sampleRate > 768_000) {
    throw new RangeError(`sampleRate: expected 1,000 to 768,000 Hz, got ${sampleRate}`);
  }
  if (!Number.isInteger(numberOfChannels) || numberOfChannels < 1 || numberOfChannels > 8) {
    throw new RangeError(`numberOfChannels: expected 1 to 8, got ${numberOfChannels}`);
  }
  if (!Number.isFinite(timestamp)) {
    throw new RangeError(`timestamp: expected microseconds, got ${timestamp}`);
  }
  if (data.length % numberOfChannels !== 0) {
    throw new RangeError(`data: ${data.length} samples are no whole frames of ${numberOfChannels}`);
  }
}

function samplesOf(format: AudioSampleFormat): typeof Int16Array | typeof Float32Array {
  switch (format) {
    case 's16':
    case 's16-planar':
      return Int16Array;
    case 'f32':
    case 'f32-planar':
      return Float32Array;
    default: {
      const formats = 's16, f32, s16-planar, f32-planar';
      throw new TypeError(`format: expected one of ${formats}, got ${String(format)}`);
    }
  }
}
