import { InvalidStateError } from '../errors.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioSamples } from '../media/audio-data.js';
import { checkAudio, checkAudioChoice, checkAudioInteger } from './audio-checks.js';
import { nativeShape, planesOf } from './native-samples.js';
import { ResampleContext } from './resample-context.js';
import type { ResampledShape } from './resample-context.js';
import { SampleCutter } from './sample-cutter.js';
import { SampleTimeline } from './sample-timeline.js';

/** What an {@link AudioResampler} makes. */
export interface AudioResamplerConfig {
  /** 1,000 to 768,000 Hz. */
  sampleRate: number;
  /** 1 to 8. */
  numberOfChannels: number;
  /** Cuts the output into pieces of so many frames, 1 to 1,000,000. Default: pieces as they come. */
  frameSize?: number;
  /** Of the output. Default `s16`. */
  format?: 's16' | 'f32';
}

/**
 * Turns sound of any rate, layout and format into one, properly filtered; the input may change on the way.
 * Times follow the input's: counted in samples as long as it leaves no gap of more than 60 ms; after one, what
 * was held comes first, filled up with silence when there is a `frameSize`. Times that stand still or go back
 * are counted on.
 */
export class AudioResampler {
  readonly #shape: ResampledShape;
  readonly #frameSize: number | undefined;
  readonly #cutter: SampleCutter<AudioSamples> | null;
  readonly #timeline: SampleTimeline;
  #context: ResampleContext | null = null;
  #closed = false;

  private constructor(config: AudioResamplerConfig) {
    const { sampleRate, numberOfChannels, frameSize, format = 's16' } = config;
    const Samples = format === 's16' ? Int16Array : Float32Array;
    this.#shape = { format, sampleRate, numberOfChannels };
    this.#frameSize = frameSize;
    this.#timeline = new SampleTimeline(sampleRate);
    this.#cutter =
      frameSize === undefined
        ? null
        : new SampleCutter<AudioSamples>(Samples, frameSize * numberOfChannels);
  }

  /**
   * Whoever asked closes it.
   *
   * @throws {TypeError} or {RangeError} naming the field.
   */
  static create(config: AudioResamplerConfig): AudioResampler {
    const { frameSize, format = 's16' } = config;
    checkAudioInteger('sampleRate', config.sampleRate, 1000, 768_000);
    checkAudioInteger('numberOfChannels', config.numberOfChannels, 1, 8);
    if (frameSize !== undefined) checkAudioInteger('frameSize', frameSize, 1, 1_000_000);
    checkAudioChoice('format', format, ['s16', 'f32']);
    return new AudioResampler(config);
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closed;
  }

  /** True while samples are held back for more to come. */
  get holdsRest(): boolean {
    return this.#context !== null || this.#cutter?.empty === false;
  }

  /**
   * @param audio - Stays the caller's.
   * @param timestamp - When it is heard, in µs, if not at its own time.
   * @returns What is ready, interleaved, none or several; about 16 samples are held back while rates differ.
   * @throws {TypeError} when it is no `AudioData`.
   * @throws {InvalidStateError} after {@link close}, or for a closed `AudioData`.
   */
  push(audio: AudioData, timestamp: number = audio.timestamp): AudioData[] {
    const time = this.pass(audio, timestamp);
    if (time !== null) {
      return [new AudioData({ ...this.#shape, timestamp: time, data: audio.data.slice() })];
    }
    if (audio.numberOfFrames === 0) return [];
    const ready: AudioData[] = [];
    if (this.#timeline.breaksAt(timestamp)) ready.push(...this.flush());
    const shape = nativeShape(audio);
    if (this.#context?.takes(shape) === false) ready.push(...this.#changeInput());
    this.#timeline.take(timestamp, audio.numberOfFrames, audio.sampleRate);
    ready.push(...this.#deliver(this.#convert(audio)));
    return ready;
  }

  /**
   * True when sound would come out just as it is, one piece for one piece.
   *
   * @throws as {@link push}.
   */
  fits(audio: AudioData): boolean {
    this.#check();
    checkAudio('audio', audio);
    if (audio.closed) throw new InvalidStateError('AudioData is closed');
    const { numberOfFrames } = audio;
    const whole = this.#cutter === null ? numberOfFrames > 0 : numberOfFrames === this.#frameSize;
    return whole && !this.holdsRest && this.#isInShape(audio);
  }

  /**
   * Counts sound that {@link fits} as taken and given, for those who can go on with the samples themselves.
   *
   * @returns The time at which it would come out; `null` when it has to be pushed.
   * @throws as {@link push}.
   */
  pass(audio: AudioData, timestamp: number = audio.timestamp): number | null {
    return this.fits(audio) ? this.#timeline.pass(timestamp, audio.numberOfFrames) : null;
  }

  /**
   * Everything still held back, the last piece filled up with silence when there is a `frameSize`. What is
   * pushed next begins anew, at its own time.
   *
   * @throws {InvalidStateError} after {@link close}.
   */
  flush(): AudioData[] {
    this.#check();
    const ready = this.#changeInput();
    const rest = this.#cutter?.flush();
    if (rest) ready.push(this.#audio(rest));
    this.#timeline.reset();
    return ready;
  }

  /** Forgets everything still held back. @throws {InvalidStateError} after {@link close}. */
  reset(): void {
    this.#check();
    this.#dropContext();
    this.#cutter?.reset();
    this.#timeline.reset();
  }

  /** Frees it. A second call does nothing. */
  close(): void {
    this.#closed = true;
    this.#dropContext();
  }

  /** Same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #check(): void {
    if (this.#closed) throw new InvalidStateError('AudioResampler is closed');
  }

  #isInShape(audio: AudioData): boolean {
    const { format, sampleRate, numberOfChannels } = this.#shape;
    return (
      audio.format === format &&
      audio.sampleRate === sampleRate &&
      audio.numberOfChannels === numberOfChannels
    );
  }

  /** Samples in the output's shape; not to be kept. */
  #convert(audio: AudioData): AudioSamples {
    if (this.#context === null && this.#isInShape(audio)) return audio.data;
    this.#context ??= new ResampleContext(nativeShape(audio), this.#shape);
    return this.#context.convert(planesOf(audio), audio.numberOfFrames);
  }

  /** Gives what the filter of the old input holds back. */
  #changeInput(): AudioData[] {
    if (this.#context === null) return [];
    const ready = this.#deliver(this.#context.convert(null, 0));
    this.#dropContext();
    return ready;
  }

  #deliver(samples: AudioSamples): AudioData[] {
    if (samples.length === 0) return [];
    const pieces = this.#cutter === null ? [samples.slice()] : this.#cutter.push(samples);
    return pieces.map((piece) => this.#audio(piece));
  }

  #audio(data: AudioSamples): AudioData {
    const timestamp = this.#timeline.give(data.length / this.#shape.numberOfChannels);
    return new AudioData({ ...this.#shape, timestamp, data });
  }

  #dropContext(): void {
    this.#context?.close();
    this.#context = null;
  }
}
