import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from './server-process.js';
import { ViewerProcess } from './viewer-process.js';
import type { ViewerReport } from './viewers.js';

/** What a server and its viewers did over some seconds. */
export interface Window {
  /** CPU time of the whole server over the time it ran. */
  cores: number;
  /** Of the viewer who got fewest. */
  slowestFramesPerSecond: number;
  /** Longest time without a picture of any viewer. */
  longestGapMs: number;
  /** Mean of all viewers. */
  kbitPerSecond: number;
  /** Packets missing in the sequences of all viewers. */
  lostPackets: number;
  rssMiB: number;
}

/** Light viewers in as few processes as can count all they get. */
export class Crowd {
  static readonly #perProcess = 150;
  readonly #processes: ViewerProcess[] = [];

  /** Connects so many more viewers; each has a picture when this resolves. @returns one report for each of all. */
  async join(count: number, offerUrl: string): Promise<ViewerReport[]> {
    for (let left = count; left > 0; left -= Crowd.#perProcess) {
      const process = new ViewerProcess('light');
      this.#processes.push(process);
      await process.join(Math.min(left, Crowd.#perProcess), offerUrl);
    }
    return this.report();
  }

  /** What each viewer has received since it joined. */
  async report(): Promise<ViewerReport[]> {
    return (await Promise.all(this.#processes.map((process) => process.report()))).flat();
  }

  /** Watches for so long what this crowd gets of `server`. */
  async watch(server: ServerProcess, seconds: number): Promise<Window> {
    const from = { at: performance.now(), use: await server.usage(), got: await this.report() };
    await delay(seconds * 1000);
    const to = { at: performance.now(), use: await server.usage(), got: await this.report() };
    const ms = to.at - from.at;
    const gained = (key: 'frames' | 'bytes' | 'lost'): number[] =>
      to.got.map((got, index) => got[key] - (from.got[index]?.[key] ?? 0));
    const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
    return {
      cores: (to.use.cpuMs - from.use.cpuMs) / ms,
      slowestFramesPerSecond: (Math.min(...gained('frames')) * 1000) / ms,
      longestGapMs: Math.max(...to.got.map((got) => got.longestGapMs ?? 0)),
      kbitPerSecond: (sum(gained('bytes')) * 8) / ms / to.got.length,
      lostPackets: sum(gained('lost')),
      rssMiB: (await server.collectedUsage()).rss / 2 ** 20,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
  }
}
