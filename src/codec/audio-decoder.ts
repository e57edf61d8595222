import { InvalidStateError } from '../errors.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioCodecName, EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import { checkAudioChoice, checkAudioInteger } from './audio-checks.js';
import { AudioResampler } from './audio-resampler.js';
import { LossFade } from './loss-fade.js';
import { OpusDecoderContext, decodedRate } from './opus-decoder-context.js';

/** What an {@link AudioDecoder} takes and makes. */
export interface AudioDecoderConfig {
  /** Codec of the chunks. */
  codec: AudioCodecName;
  /** Hz of what comes out, 1,000 to 768,000. Default 48,000, which costs least. */
  sampleRate?: number;
  /** 1 or 2; Opus itself mixes down or doubles. Default 2. */
  numberOfChannels?: number;
  /** Told of damaged pieces, at `debug`. Default: silent. */
  logger?: Logger;
}

/** Pieces that are concealed in one go; at 20 ms a second. */
const maxConcealed = 50;

/** Samples of a packet that is made up before one was decoded: 20 ms. */
const usualFrames = 960;

/**
 * Decodes Opus packets to interleaved 16-bit sound, at once. A damaged or empty packet is concealed as a lost
 * one: it is counted, never thrown.
 */
export class AudioDecoder {
  readonly #context: OpusDecoderContext;
  readonly #channels: number;
  readonly #resampler: AudioResampler | null;
  readonly #logger: Logger;
  readonly #fade: LossFade = new LossFade(decodedRate);
  #errors = 0;
  #closed = false;
  /** How the last good packet began; lost ones are taken to have been like it. */
  #toc: number | null = null;
  #frames = usualFrames;
  /** Where the next piece is expected. */
  #time = 0;

  private constructor(config: AudioDecoderConfig) {
    const { sampleRate = decodedRate, numberOfChannels = 2 } = config;
    this.#channels = numberOfChannels;
    this.#logger = config.logger ?? silentLogger;
    this.#context = OpusDecoderContext.open(numberOfChannels);
    this.#resampler =
      sampleRate === decodedRate ? null : AudioResampler.create({ sampleRate, numberOfChannels });
  }

  /**
   * Opens a decoder; whoever asked closes it.
   *
   * @throws {TypeError} or {RangeError} naming the field of `config`.
   * @throws {NotSupportedError} when this FFmpeg lacks libopus.
   * @throws {EncodingError} when it cannot be opened.
   */
  static create(config: AudioDecoderConfig): AudioDecoder {
    checkAudioChoice('codec', config.codec, ['opus']);
    checkAudioInteger('sampleRate', config.sampleRate ?? decodedRate, 1000, 768_000);
    checkAudioInteger('numberOfChannels', config.numberOfChannels ?? 2, 1, 2);
    return new AudioDecoder(config);
  }

  /** Damaged pieces so far. */
  get errors(): number {
    return this.#errors;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * @param chunk - One Opus packet, 2.5 to 120 ms.
   * @returns Its sound, `s16`, mostly one piece with the chunk's timestamp; about 16 samples later at other
   *   rates than 48 kHz. Of a damaged chunk what {@link conceal} gives.
   * @throws {InvalidStateError} after {@link close}.
   */
  decode(chunk: EncodedAudioChunk): AudioData[] {
    this.#check();
    this.#time = chunk.timestamp;
    const samples = chunk.byteLength === 0 ? null : this.#context.decode(chunk.data);
    if (samples === null) {
      this.#errors += 1;
      this.#logger.debug({ errors: this.#errors }, 'concealed damaged audio data');
      return this.conceal(1);
    }
    this.#toc = chunk.data[0] as number;
    this.#frames = samples.length / this.#channels;
    this.#fade.reset();
    return this.#deliver(samples);
  }

  /**
   * Makes up for lost packets, right after what was decoded last: Opus goes on with the sound it had, which
   * fades to silence within 200 ms.
   *
   * @param pieces - How many are lost; 50 (a second) at most are made up.
   * @returns Nothing before the first packet was decoded.
   * @throws {RangeError} when it is no integer from 0.
   * @throws {InvalidStateError} after {@link close}.
   */
  conceal(pieces: number): AudioData[] {
    this.#check();
    checkAudioInteger('pieces', pieces, 0, Number.MAX_SAFE_INTEGER);
    const made: AudioData[] = [];
    if (this.#toc === null) return made;
    for (let piece = 0; piece < Math.min(pieces, maxConcealed); piece++) {
      made.push(...this.#deliver(this.#concealPiece(this.#toc)));
    }
    return made;
  }

  /** Frees it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.close();
    this.#resampler?.close();
  }

  /** Same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #check(): void {
    if (this.#closed) throw new InvalidStateError('AudioDecoder is closed');
  }

  #concealPiece(toc: number): Int16Array {
    const samples = new Int16Array(this.#frames * this.#channels);
    if (this.#fade.silent) return samples;
    // A packet may hold several frames; only one is made up at a time.
    for (let made = 0; made < samples.length;) {
      const part = this.#context.conceal(toc)?.subarray(0, samples.length - made);
      if (part === undefined || part.length === 0) break;
      samples.set(part, made);
      made += part.length;
    }
    this.#fade.apply(samples, this.#channels);
    return samples;
  }

  #deliver(data: Int16Array): AudioData[] {
    const audio = new AudioData({
      format: 's16',
      sampleRate: decodedRate,
      numberOfChannels: this.#channels,
      timestamp: this.#time,
      data,
    });
    this.#time += audio.duration;
    return this.#resampler === null ? [audio] : this.#resampler.push(audio);
  }
}
