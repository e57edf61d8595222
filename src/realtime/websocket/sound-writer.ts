import { AudioEncoder } from '../../codec/audio-encoder.js';
import { AudioResampler } from '../../codec/audio-resampler.js';
import { encodeMulaw } from '../../codec/mulaw.js';
import type { AudioData } from '../../media/audio-data.js';
import type { SoundFormat } from './sound-format.js';

/** Writes sound of any rate and layout in one format, each piece as the bytes of one message. */
export class SoundWriter {
  readonly #format: SoundFormat;
  #resampler: AudioResampler | null = null;
  #encoder: AudioEncoder | null = null;

  constructor(format: SoundFormat) {
    this.#format = format;
  }

  /** What can be written of the sound so far; up to 20 ms are held back. The frame stays the caller's. */
  write(frame: AudioData): Buffer[] {
    const { codec, sampleRate, numberOfChannels } = this.#format;
    if (codec === 'opus') {
      this.#encoder ??= AudioEncoder.create({ codec, sampleRate, numberOfChannels });
      return this.#encoder.encode(frame).map(({ data }) => data);
    }
    this.#resampler ??= AudioResampler.create({ sampleRate, numberOfChannels });
    return this.#bytes(this.#resampler.push(frame));
  }

  /** What was held back, at the end of a reply. */
  flush(): Buffer[] {
    if (this.#encoder !== null) return this.#encoder.flush().map(({ data }) => data);
    return this.#bytes(this.#resampler?.flush() ?? []);
  }

  /** Forgets what was held back. */
  reset(): void {
    this.#encoder?.reset();
    this.#resampler?.reset();
  }

  /** Lets go of the coders. Idempotent. */
  close(): void {
    this.#encoder?.close();
    this.#resampler?.close();
    this.#encoder = null;
    this.#resampler = null;
  }

  #bytes(pieces: AudioData[]): Buffer[] {
    return pieces.map((piece) => {
      const samples = piece.toInt16();
      if (this.#format.codec === 'mulaw') return encodeMulaw(samples);
      return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    });
  }
}
