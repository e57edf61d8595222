import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PipelineStats, ServerOptions } from 'framegear';

/** What a server process has used so far. */
export interface Usage {
  /** CPU time of the whole process, all threads. */
  cpuMs: number;
  /** Resident memory, bytes. */
  rss: number;
  sessions: number;
  /** Files and sockets that are open. */
  files: number;
  stats: PipelineStats;
}

/** A FrameGear server in a process of its own, with the page of this checkout in a data directory of its own. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #data: string;

  private constructor(child: ChildProcess, url: string, data: string) {
    this.#child = child;
    this.url = url;
    this.#data = data;
  }

  /** Starts a server with these options, on any free port. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const script = fileURLToPath(new URL('serve.ts', import.meta.url));
    const data = await mkdtemp(path.join(tmpdir(), 'framegear-bench-'));
    const child = fork(script, { execArgv: ['--expose-gc', '--import', 'tsx'] });
    child.send({ options: { customDataLocation: data, ...options } });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new ServerProcess(child, url, data);
  }

  /** Where offers go. */
  get offerUrl(): string {
    return `${this.url}offer`;
  }

  async usage(): Promise<Usage> {
    this.#child.send('usage');
    const [usage] = (await once(this.#child, 'message')) as [Usage];
    return usage;
  }

  /** The same after a garbage collection, of which the CPU time is part: for memory. */
  async collectedUsage(): Promise<Usage> {
    this.#child.send('collect');
    await once(this.#child, 'message');
    return this.usage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.send('close');
    await once(this.#child, 'exit');
    await rm(this.#data, { recursive: true, force: true });
  }
}
