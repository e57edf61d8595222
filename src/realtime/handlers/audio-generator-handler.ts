import type { GeneratorFunction } from './generator-emitter.js';
import { GeneratorEmitter } from './generator-emitter.js';
import type { AudioOutput } from './outputs.js';
import { StreamHandler } from './stream-handler.js';

/** Makes sound: `(...inputs) => generator`. When it takes parameters it begins with the first inputs. */
export type AudioGenerator = GeneratorFunction<AudioOutput>;

/** A generator of sound as a handler. Clients get 48 kHz, as in FastRTC. */
export class AudioGeneratorHandler extends StreamHandler {
  readonly #generator: AudioGenerator;
  #emitter: GeneratorEmitter<AudioOutput> | null = null;

  constructor(generator: AudioGenerator) {
    super({ outputSampleRate: 48_000 });
    this.#generator = generator;
  }

  override copy(): AudioGeneratorHandler {
    return new AudioGeneratorHandler(this.#generator);
  }

  override receive(): void {
    // Clients of a generator send nothing.
  }

  override emit(): Promise<AudioOutput> {
    this.#emitter ??= new GeneratorEmitter(this.#generator, this.connection);
    return this.#emitter.emit();
  }

  override async shutdown(): Promise<void> {
    await this.#emitter?.close();
  }
}
