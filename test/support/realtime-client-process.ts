import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClientOrder, ClientReport } from './realtime-client-main.js';
import type { RealtimeClientOptions } from './realtime-client.js';

/** Clients in a process of their own, connected. */
export class RealtimeClientProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @throws when it ends before they are connected. */
  static async start(
    url: string,
    options: RealtimeClientOptions,
    count = 1,
  ): Promise<RealtimeClientProcess> {
    const script = fileURLToPath(new URL('realtime-client-main.ts', import.meta.url));
    const child = fork(script, { execArgv: ['--import', 'tsx'] });
    child.send({ url, options, count } satisfies ClientOrder);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the client ended with ${code as number} before it was connected`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new RealtimeClientProcess(child);
  }

  /** What has come so far, to all together. */
  async report(): Promise<ClientReport> {
    this.#child.send('report');
    const [report] = (await once(this.#child, 'message')) as [ClientReport];
    return report;
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.send('close');
    await once(this.#child, 'exit');
  }
}
