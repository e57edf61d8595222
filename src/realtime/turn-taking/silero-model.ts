import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as Runtime from 'onnxruntime-web';

/** Samples of a window, at 16 kHz. */
export const sileroWindow = 512;
/** The model wants the end of the window before in front of each. */
const contextSize = 64;
const stateShape = [2, 1, 128];

/** What the model remembers between two windows. */
export class SileroMemory {
  /** @internal Recurrent state; `null` is the beginning. */
  state: Runtime.Tensor | null = null;
  /** @internal End of the last window, and the next. */
  readonly input: Float32Array = new Float32Array(contextSize + sileroWindow);

  /** Back to the beginning. */
  reset(): void {
    this.state = null;
    this.input.fill(0);
  }
}

/**
 * Silero VAD 6 in onnxruntime's WebAssembly, single-threaded: 0.2 ms a window, on the event loop, which is less than a hop to
 * another thread costs.
 */
export class SileroModel {
  readonly #runtime: typeof Runtime;
  readonly #session: Runtime.InferenceSession;
  readonly #rate: Runtime.Tensor;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(runtime: typeof Runtime, session: Runtime.InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
    this.#rate = new runtime.Tensor('int64', BigInt64Array.of(16_000n), []);
  }

  /** Reads and compiles it, and runs it once: about 0.2 s. */
  static async load(): Promise<SileroModel> {
    const runtime = await import('onnxruntime-web');
    runtime.env.wasm.numThreads = 1;
    runtime.env.wasm.proxy = false;
    runtime.env.logLevel = 'error';
    // The build points this at its copy.
    const require = createRequire(import.meta.url);
    const file = require.resolve('@ricky0123/vad-web/dist/silero_vad_v6.onnx');
    const session = await runtime.InferenceSession.create(await readFile(file), {
      executionProviders: ['wasm'],
      logSeverityLevel: 3,
    });
    const model = new SileroModel(runtime, session);
    await model.run(new Float32Array(sileroWindow), new SileroMemory());
    return model;
  }

  /** How likely the window is speech. Calls run one after another: the runtime's stack is one for all. */
  run(window: Float32Array, memory: SileroMemory): Promise<number> {
    const result = this.#last.then(() => this.#run(window, memory));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run(window: Float32Array, memory: SileroMemory): Promise<number> {
    const { Tensor: TensorOf } = this.#runtime;
    const { input } = memory;
    input.copyWithin(0, sileroWindow);
    input.set(window, contextSize);
    const state = memory.state ?? new TensorOf('float32', new Float32Array(256), stateShape);
    const output = await this.#session.run({
      input: new TensorOf('float32', input, [1, input.length]),
      state,
      sr: this.#rate,
    });
    memory.state = output['stateN'] ?? null;
    return Number(output['output']?.data[0]);
  }
}
