import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process with a `Stream` that gives back what it gets. */
export class StreamProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts it, on any free port. */
  static async start(modality: 'audio' | 'video'): Promise<StreamProcess> {
    const script = fileURLToPath(new URL('stream-serve.ts', import.meta.url));
    const child = fork(script, { execArgv: ['--expose-gc', '--import', 'tsx'] });
    child.send(modality);
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new StreamProcess(child, url);
  }

  /** CPU time of all threads, and resident memory in bytes after a garbage collection. */
  async usage(): Promise<{ cpuMs: number; rss: number }> {
    this.#child.send('usage');
    const [usage] = (await once(this.#child, 'message')) as [{ cpuMs: number; rss: number }];
    return usage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.send('close');
    await once(this.#child, 'exit');
  }
}
