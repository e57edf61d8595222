import { EncodingError, InvalidStateError } from '../errors.js';
import type { AudioData } from '../media/audio-data.js';
import { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { AudioCodecName } from '../media/encoded-audio-chunk.js';
import { checkAudioChoice, checkAudioInteger } from './audio-checks.js';
import { AudioResampler } from './audio-resampler.js';
import { OpusContext } from './opus-context.js';

/** What an {@link AudioEncoder} makes; after W3C WebCodecs. */
export interface AudioEncoderConfig {
  /** Codec of the chunks. */
  codec: AudioCodecName;
  /** Hz of the sound to come, 1,000 to 768,000. 8, 12, 16, 24 and 48 kHz are coded as they are. */
  sampleRate: number;
  /** 1 or 2. */
  numberOfChannels: number;
  /** Bits per second to aim for, 6,000 to 510,000. Default 32,000 for mono, 64,000 for stereo. */
  bitrate?: number;
  /**
   * What it is to be best for: speech, music, or little delay and work; the last, at half the cost of speech, knows no
   * {@link expectedPacketLoss}. Default `voip` for mono, `audio` for stereo.
   */
  application?: 'voip' | 'audio' | 'lowdelay';
  /** Work spent, 0 to 10. Default 3: 0.1 ms for 20 ms of speech; 10 takes twice as long. */
  complexity?: number;
  /**
   * Packet loss to prepare for, in percent: speech then carries a coarse copy of the piece before. 0 to 100,
   * default 5.
   */
  expectedPacketLoss?: number;
  /**
   * Silence becomes packets of 1 or 2 bytes, which need not be sent, with a longer one every 400 ms that has the
   * background noise. Default false.
   */
  dtx?: boolean;
  /** Keeps to the bitrate on average over short times too, as a network wants it. Default false. */
  constrained?: boolean;
}

/** Rates that Opus codes as they are, in Hz. */
export const opusRates: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

const packetMs = 20;

/** Encodes sound to Opus packets of 20 ms, at once. */
export class AudioEncoder {
  /** What it was made for. */
  readonly config: Readonly<AudioEncoderConfig>;
  readonly #resampler: AudioResampler;
  readonly #context: OpusContext;
  #closed = false;

  private constructor(config: AudioEncoderConfig) {
    this.config = { ...config };
    const { numberOfChannels } = config;
    const sampleRate = opusRates.find((rate) => rate >= config.sampleRate) ?? 48_000;
    const frameSize = (sampleRate * packetMs) / 1000;
    this.#context = OpusContext.open({
      sampleRate,
      numberOfChannels,
      frameSize,
      bitrate: config.bitrate ?? numberOfChannels * 32_000,
      application: config.application ?? (numberOfChannels === 1 ? 'voip' : 'audio'),
      complexity: config.complexity ?? 3,
      expectedPacketLoss: config.expectedPacketLoss ?? 5,
      dtx: config.dtx ?? false,
      constrained: config.constrained ?? false,
    });
    this.#resampler = AudioResampler.create({ sampleRate, numberOfChannels, frameSize });
  }

  /**
   * Opens an encoder; whoever asked closes it.
   *
   * @throws {TypeError} or {RangeError} naming the field of `config`.
   * @throws {NotSupportedError} when this FFmpeg lacks libopus.
   * @throws {EncodingError} when it cannot be opened.
   */
  static create(config: AudioEncoderConfig): AudioEncoder {
    checkAudioChoice('codec', config.codec, ['opus']);
    checkAudioInteger('sampleRate', config.sampleRate, 1000, 768_000);
    checkAudioInteger('numberOfChannels', config.numberOfChannels, 1, 2);
    checkAudioInteger('bitrate', config.bitrate ?? 32_000, 6000, 510_000);
    checkAudioChoice('application', config.application ?? 'voip', ['voip', 'audio', 'lowdelay']);
    checkAudioInteger('complexity', config.complexity ?? 0, 0, 10);
    checkAudioInteger('expectedPacketLoss', config.expectedPacketLoss ?? 0, 0, 100);
    return new AudioEncoder(config);
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Encodes what makes whole packets, with what was left over before; the rest waits for more.
   *
   * @param audio - Of any length, rate and layout (other ones than configured are converted); stays the
   *   caller's. Times as {@link AudioResampler} takes them.
   * @returns Packets of 20 ms, none or several; `timestamp` is that of their first sample.
   * @throws {TypeError} when it is no `AudioData`.
   * @throws {InvalidStateError} after {@link close}, or for a closed `AudioData`.
   * @throws {EncodingError} when FFmpeg refuses; `cause` is its error.
   */
  encode(audio: AudioData): EncodedAudioChunk[] {
    this.#check();
    const time = this.#resampler.pass(audio);
    if (time !== null) return [this.#encode(audio, time)];
    return this.#resampler.push(audio).map((piece) => this.#encode(piece));
  }

  /** The rest as a last packet, filled up with silence. @throws {InvalidStateError} after {@link close}. */
  flush(): EncodedAudioChunk[] {
    this.#check();
    return this.#resampler.flush().map((piece) => this.#encode(piece));
  }

  /** Forgets the rest; what comes next begins anew. @throws {InvalidStateError} after {@link close}. */
  reset(): void {
    this.#check();
    this.#resampler.reset();
  }

  /** Frees it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#resampler.close();
    this.#context.close();
  }

  /** Same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #check(): void {
    if (this.#closed) throw new InvalidStateError('AudioEncoder is closed');
  }

  #encode(piece: AudioData, timestamp: number = piece.timestamp): EncodedAudioChunk {
    try {
      const data = this.#context.encode(piece.toInt16());
      return new EncodedAudioChunk({
        timestamp,
        duration: packetMs * 1000,
        data,
      });
    } catch (cause) {
      throw new EncodingError(`libopus refused a piece: ${(cause as Error).message}`, cause);
    }
  }
}
