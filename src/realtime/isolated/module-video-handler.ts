import type { VideoFrame } from '../../media/video-frame.js';
import { currentConnection } from '../handlers/context.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import type { VideoOutput } from '../handlers/outputs.js';
import { VideoStreamHandler } from '../handlers/video-stream-handler.js';
import type { VideoFunction, VideoGenerator } from '../handlers/video-stream-handler.js';
import { ModuleWork } from './module-work.js';
import type { HandlerDescription } from './protocol.js';
import type { ProcessPool } from './process-pool.js';

type VideoDescription = Extract<HandlerDescription, { kind: 'function' | 'generator' }>;

/** A function or generator of a module, at work for each connection in a process of its own. */
export class ModuleVideoHandler extends VideoStreamHandler {
  readonly #pool: ProcessPool;

  /** @internal */
  constructor(pool: ProcessPool, { kind, parameters, options }: VideoDescription) {
    const works = new WeakMap<HandlerConnection, ModuleWork>();
    const run = kind === 'generator' ? generate : edit;
    const callable = run(() => workFor(pool, works));
    // How many it needs says whether it waits for inputs.
    Object.defineProperty(callable, 'length', { value: parameters });
    super(callable, options);
    this.#pool = pool;
  }

  /** Ends the processes that wait for connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

function edit(work: () => ModuleWork): VideoFunction {
  return async (frame: VideoFrame, ...inputs: unknown[]) =>
    (await work().give('edit', { inputs }, frame)) as VideoOutput;
}

function generate(work: () => ModuleWork): VideoGenerator {
  return async function* (...inputs: unknown[]) {
    const process = work();
    try {
      await process.run('generate', { inputs });
      for (;;) {
        const result: IteratorResult<unknown> = await process.next();
        if (result.done === true) return;
        yield result.value as VideoOutput;
      }
    } finally {
      await process.close('return');
    }
  };
}

/** The process of the connection that is at work just now; ended with it. */
function workFor(pool: ProcessPool, works: WeakMap<HandlerConnection, ModuleWork>): ModuleWork {
  const connection = currentConnection();
  const known = works.get(connection);
  if (known !== undefined) return known;
  const work = new ModuleWork(pool, connection);
  works.set(connection, work);
  const end = (): void => {
    work.close().catch(() => undefined);
  };
  connection.context.signal.addEventListener('abort', end, { once: true });
  return work;
}
