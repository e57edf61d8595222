import { AudioEncoder } from '../../codec/audio-encoder.js';
import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { LogLimit } from '../../util/log-limit.js';

/** What an {@link OutgoingAudio} works with. */
export interface OutgoingAudioOptions {
  /** Sends a piece of sound. */
  readonly write: (chunk: EncodedAudioChunk) => void;
  readonly logger: Logger;
}

/** Sound to one client, as Opus. */
export class OutgoingAudio {
  readonly #options: OutgoingAudioOptions;
  readonly #limit: LogLimit;
  #encoder: AudioEncoder | null = null;
  #shape = '';
  #closed = false;

  constructor(options: OutgoingAudioOptions) {
    this.#options = options;
    this.#limit = new LogLimit((suppressed, err) => {
      options.logger.error({ err, suppressed }, 'encoding sound for a client failed');
    });
  }

  /** Encodes and sends sound; 20 ms at a time make one packet each. */
  play(audio: AudioData): void {
    if (this.#closed) return;
    try {
      for (const chunk of this.#encoderFor(audio).encode(audio)) this.#options.write(chunk);
    } catch (error) {
      this.#limit.note(error);
      this.#closeEncoder();
    }
  }

  /** Forgets what did not fill a packet yet. */
  clear(): void {
    this.#encoder?.reset();
  }

  /** Frees the encoder. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#closeEncoder();
    this.#limit.close();
  }

  #encoderFor({ sampleRate, numberOfChannels }: AudioData): AudioEncoder {
    const shape = `${sampleRate}/${numberOfChannels}`;
    if (this.#encoder === null || this.#shape !== shape) {
      this.#closeEncoder();
      this.#encoder = AudioEncoder.create({ codec: 'opus', sampleRate, numberOfChannels });
      this.#shape = shape;
    }
    return this.#encoder;
  }

  #closeEncoder(): void {
    this.#encoder?.close();
    this.#encoder = null;
  }
}
