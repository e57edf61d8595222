import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { AudioTransformContext } from '../../media/contracts.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import type { SoundFactory } from '../../source/sound-source.js';
import { Sound } from './sound.js';
import type { SoundStats, SoundTransforms } from './sound.js';
import { SoundReader } from './sound-reader.js';

/** Takes encoded sound: a delivery host. */
export interface AudioSink {
  /** Takes one piece, once for all its viewers; must return at once and must not throw. */
  writeAudio?(chunk: EncodedAudioChunk): void;
}

/** What a {@link StreamSound} works with. */
export interface StreamSoundOptions {
  /** Where the sound comes from, when not from the source of the pictures. */
  factory: SoundFactory | null;
  transforms: SoundTransforms;
  /** What transforms are told; `null` before the source was opened. */
  context(): AudioTransformContext | null;
  /** Whether the source of the pictures shall give its sound. */
  wantFromSource(wanted: boolean): void;
  /** From capture until pictures are sent, ms; `null`: not known. */
  pictureDelayMs(): number | null;
  logger: Logger;
}

/** A stream's sound with where it comes from and where it goes; nothing runs while nobody listens. */
export class StreamSound {
  readonly #options: StreamSoundOptions;
  readonly #sound: Sound;
  readonly #reader: SoundReader | null;
  #sinks: ReadonlySet<AudioSink> = new Set();

  constructor(options: StreamSoundOptions) {
    const { factory, transforms, logger } = options;
    this.#options = options;
    this.#sound = new Sound({
      transforms,
      context: () => options.context(),
      pictureDelayMs: () => options.pictureDelayMs(),
      write: (chunk) => {
        for (const sink of this.#sinks) sink.writeAudio?.(chunk);
      },
      logger,
    });
    this.#reader = factory && new SoundReader(factory, this.#listener(), logger);
  }

  /** What was done so far; a copy. */
  get stats(): SoundStats {
    return this.#sound.stats;
  }

  /** Who listens from now on. */
  play(sinks: ReadonlySet<AudioSink>): void {
    const before = this.#sinks.size > 0;
    const now = sinks.size > 0;
    this.#sinks = sinks;
    if (before === now) return;
    this.#sound.listen(now);
    if (this.#reader === null) this.#options.wantFromSource(now);
    else if (now) this.#reader.resume();
    else void this.#reader.suspend();
  }

  /** The source of the pictures was opened: its sound begins anew. */
  opened(): void {
    if (this.#reader === null) this.#sound.reset();
  }

  /** Takes sound of the source of the pictures, and owns it. @param timestamp - On the stream's clock, µs. */
  fromSource(audio: AudioData, timestamp: number): void {
    if (this.#reader === null) this.#sound.write(audio, timestamp);
    else audio.close();
  }

  /** Ends it, and the source of sound for good. */
  async close(): Promise<void> {
    this.#sinks = new Set();
    this.#sound.close();
    await this.#reader?.close();
  }

  #listener(): { audio(audio: AudioData, timestamp: number): void; reset(): void } {
    return {
      audio: (audio, timestamp) => this.#sound.write(audio, timestamp),
      reset: () => this.#sound.reset(),
    };
  }
}
