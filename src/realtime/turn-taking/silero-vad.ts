import { runForAll } from '../handlers/context.js';
import { SileroMemory, SileroModel, sileroWindow } from './silero-model.js';
import type { VoiceActivityDetector, VoiceActivitySession } from './voice-activity-detector.js';

let shared: Promise<SileroModel> | null = null;

/** One model for the whole process; a failure is forgotten, so that the next call tries again. */
function loadShared(): Promise<SileroModel> {
  // What it costs is not the work of whoever needs it first.
  shared ??= runForAll(() => SileroModel.load()).catch((error: unknown) => {
    shared = null;
    throw error;
  });
  return shared;
}

/**
 * The voice activity detector built in: Silero VAD 6, which comes inside the package, run by onnxruntime's
 * WebAssembly on any platform, offline. All instances share one model: about 200 MiB of memory, most of which V8 takes to
 * compile the runtime. A second of sound costs 7 ms of CPU time, in the first minute up to 70 ms.
 *
 * @see {@link https://github.com/snakers4/silero-vad}
 */
export class SileroVad implements VoiceActivityDetector {
  /** 16,000 Hz. */
  readonly sampleRate: number = 16_000;
  /** 512 samples, 32 ms. */
  readonly windowSize: number = sileroWindow;
  #model: SileroModel | null = null;

  /** One that is loaded. */
  static async load(): Promise<SileroVad> {
    const vad = new SileroVad();
    await vad.load();
    return vad;
  }

  /** Loads the model, about 0.2 s for the first in a process. */
  async load(): Promise<void> {
    this.#model ??= await loadShared();
  }

  /** See {@link VoiceActivityDetector.createSession}; its first call waits for the model if need be. */
  createSession(): VoiceActivitySession {
    const memory = new SileroMemory();
    return {
      process: async (window) => {
        const model = this.#model ?? (await loadShared());
        return runForAll(() => model.run(window, memory));
      },
      reset: () => memory.reset(),
    };
  }
}
