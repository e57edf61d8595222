import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import type { ViewerOrder, ViewerReport } from './viewers.js';

/** Real WebRTC viewers in a process of their own. */
export class ViewerProcess {
  readonly #child: ChildProcess;

  /** @param kind - `full` ones put pictures together and decrypt; `light` ones count packets, for crowds. Default `full`. */
  constructor(kind: 'full' | 'light' = 'full') {
    const script = kind === 'full' ? 'viewers.ts' : 'light-viewers.ts';
    this.#child = fork(fileURLToPath(new URL(script, import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
  }

  /**
   * Connects so many viewers, full ones one after another; each has its first picture when this resolves.
   *
   * @param how.withinMs - Light ones come spread over this time, however long each takes. Default: a few at a time.
   * @param how.codecs - What full ones offer; light ones take VP8. Default: VP8.
   */
  join(
    count: number,
    offerUrl: string,
    how: { withinMs?: number; codecs?: ReceivableCodecName[] } = {},
  ): Promise<ViewerReport[]> {
    return this.#ask({ join: count, offerUrl, ...how });
  }

  /** What each viewer has received since it joined. */
  report(): Promise<ViewerReport[]> {
    return this.#ask({ report: true });
  }

  /** Closes all viewers properly. */
  leave(): Promise<ViewerReport[]> {
    return this.#ask({ leave: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    this.#child.kill();
    await once(this.#child, 'exit');
  }

  async #ask(order: ViewerOrder): Promise<ViewerReport[]> {
    this.#child.send(order);
    const ended = new AbortController();
    const exit = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error('the process of the viewers has ended');
    });
    exit.catch(() => undefined);
    try {
      const answer = once(this.#child, 'message', { signal: ended.signal });
      answer.catch(() => undefined);
      const [reports] = (await Promise.race([answer, exit])) as [ViewerReport[]];
      return reports;
    } finally {
      ended.abort();
    }
  }
}
