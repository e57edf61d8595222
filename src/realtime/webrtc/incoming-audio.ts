import { AudioDecoder } from '../../codec/audio-decoder.js';
import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { LogLimit } from '../../util/log-limit.js';

/** What an {@link IncomingAudio} works with. */
export interface IncomingAudioOptions {
  /** Whether anybody takes sound now; while not, nothing is decoded. */
  readonly wanted: () => boolean;
  /** Takes a piece of sound. */
  readonly deliver: (audio: AudioData) => void;
  /** 1 or 2. */
  readonly numberOfChannels: number;
  readonly logger: Logger;
}

/** Lost pieces that are made up for; a longer hole stays one. */
const maxConcealed = 10;

/** Sound of one client, decoded. What got lost on the way is made up for. */
export class IncomingAudio {
  readonly #options: IncomingAudioOptions;
  readonly #limit: LogLimit;
  #decoder: AudioDecoder | null = null;
  #closed = false;

  constructor(options: IncomingAudioOptions) {
    this.#options = options;
    this.#limit = new LogLimit((suppressed, err) => {
      options.logger.error({ err, suppressed }, 'decoding the sound of a client failed');
    });
  }

  /** Takes a piece of Opus, before which `lost` are missing. */
  push(chunk: EncodedAudioChunk, lost: number): void {
    if (this.#closed || !this.#options.wanted()) return;
    try {
      this.#decoder ??= this.#open();
      if (lost > 0) this.#deliver(this.#decoder.conceal(Math.min(lost, maxConcealed)));
      this.#deliver(this.#decoder.decode(chunk));
    } catch (error) {
      this.#limit.note(error);
      this.#decoder?.close();
      this.#decoder = null;
    }
  }

  /** Frees the decoder. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#decoder?.close();
    this.#decoder = null;
    this.#limit.close();
  }

  #deliver(pieces: readonly AudioData[]): void {
    for (const audio of pieces) this.#options.deliver(audio);
  }

  #open(): AudioDecoder {
    const { numberOfChannels, logger } = this.#options;
    // At Opus' own 48 kHz: the connection cuts and converts in one go.
    return AudioDecoder.create({ codec: 'opus', numberOfChannels, logger });
  }
}
