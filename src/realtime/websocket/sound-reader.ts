import { AudioDecoder } from '../../codec/audio-decoder.js';
import { decodeMulaw } from '../../codec/mulaw.js';
import { AudioData } from '../../media/audio-data.js';
import { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { ProtocolError } from './protocol-error.js';
import type { SoundFormat } from './sound-format.js';

/** Reads a client's sound, message by message, with timestamps that count its samples. */
export class SoundReader {
  readonly #format: SoundFormat;
  readonly #rate: number;
  #decoder: AudioDecoder | null = null;
  #frames = 0;

  constructor(format: SoundFormat) {
    this.#format = format;
    // Opus decodes to 48 kHz whatever it was made from.
    this.#rate = format.codec === 'opus' ? 48_000 : format.sampleRate;
  }

  /**
   * The sound in one message; nothing for an empty one.
   *
   * @throws {ProtocolError} `invalid-payload` when the bytes are none of the format.
   */
  read(bytes: Buffer): AudioData[] {
    if (bytes.length === 0) return [];
    if (this.#format.codec === 'opus') return this.#decode(bytes);
    return [this.#stamp(this.#samples(bytes))];
  }

  /** Lets go of the decoder. Idempotent. */
  close(): void {
    this.#decoder?.close();
    this.#decoder = null;
  }

  #samples(bytes: Buffer): Int16Array {
    const { codec, numberOfChannels } = this.#format;
    if (codec === 'mulaw') return decodeMulaw(bytes);
    if (bytes.length % (2 * numberOfChannels) !== 0) {
      const whole = numberOfChannels === 1 ? '16-bit samples' : 'pairs of 16-bit samples';
      throw new ProtocolError('invalid-payload', `The sound is not whole ${whole}`);
    }
    // A copy: the bytes may begin anywhere in their memory.
    const samples = new Int16Array(bytes.length / 2);
    new Uint8Array(samples.buffer).set(bytes);
    return samples;
  }

  #decode(bytes: Buffer): AudioData[] {
    const { numberOfChannels } = this.#format;
    this.#decoder ??= AudioDecoder.create({
      codec: 'opus',
      sampleRate: this.#rate,
      numberOfChannels,
    });
    const timestamp = this.#timestamp();
    const pieces = this.#decoder.decode(new EncodedAudioChunk({ timestamp, data: bytes }));
    // The decoder takes it for damage on the way, which a WebSocket does not know.
    if (this.#decoder.errors > 0)
      throw new ProtocolError('invalid-payload', 'The sound is not Opus');
    return pieces.map((piece) => this.#stamp(piece.toInt16()));
  }

  #stamp(data: Int16Array): AudioData {
    const { numberOfChannels } = this.#format;
    const timestamp = this.#timestamp();
    this.#frames += data.length / numberOfChannels;
    return new AudioData({
      format: 's16',
      sampleRate: this.#rate,
      numberOfChannels,
      timestamp,
      data,
    });
  }

  #timestamp(): number {
    return Math.round((this.#frames * 1_000_000) / this.#rate);
  }
}
