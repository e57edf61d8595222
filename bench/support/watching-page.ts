import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { BadLink } from '../../test/support/bad-link.js';
import { relayOffers } from '../../test/support/relayed-page.js';
import { median, quantile } from './median.js';
import type { SeenPicture } from './strip-page.js';

/** The default page in Chromium, with every picture noted that it shows. */
export class WatchingPage {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** @param link - What its connection goes through; closed by the caller. Default: nothing. */
  static async open(browser: Browser, url: string, link?: BadLink): Promise<WatchingPage> {
    const context = await browser.newContext();
    const page = await context.newPage();
    if (link !== undefined) await relayOffers(page, link);
    await page.goto(url);
    await page.addScriptTag({ content: await script() });
    await page.waitForFunction('window.seenPictures.length > 0', undefined, { timeout: 60_000 });
    return new WatchingPage(page);
  }

  /** The pictures shown since the last call. */
  take(): Promise<SeenPicture[]> {
    return this.#page.evaluate<SeenPicture[]>('window.seenPictures.splice(0)');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.context().close();
  }
}

let bundled: Promise<string> | null = null;

function script(): Promise<string> {
  bundled ??= build({
    entryPoints: [fileURLToPath(new URL('strip-page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  return bundled;
}

/** How pictures came to the screen. */
export interface Showing {
  framesPerSecond: number;
  /** Longest time between two pictures. */
  longestFreezeMs: number;
  /** From painting to the screen. */
  medianLatencyMs: number;
  p95LatencyMs: number;
  /** From the last packet of a picture to the screen: the browser's part. */
  medianInBrowserMs: number;
}

/** Sums up what {@link WatchingPage.take} gave, of one time without a break. */
export function sumUp(pictures: readonly SeenPicture[]): Showing {
  const first = pictures[0];
  const last = pictures.at(-1);
  const seconds = ((last?.seenAt ?? Number.NaN) - (first?.seenAt ?? Number.NaN)) / 1000;
  const gaps = pictures.slice(1).map(({ seenAt }, i) => seenAt - (pictures[i]?.seenAt ?? 0));
  const latencies = pictures.flatMap(({ seenAt, paintedAt }) =>
    paintedAt === null ? [] : [seenAt - paintedAt],
  );
  const inBrowser = pictures
    .map(({ seenAt, receivedAt }) => seenAt - receivedAt)
    .filter((ms) => !Number.isNaN(ms));
  return {
    framesPerSecond: ((last?.shown ?? 0) - (first?.shown ?? 0)) / seconds,
    longestFreezeMs: Math.max(...gaps),
    medianLatencyMs: median(latencies),
    p95LatencyMs: quantile(latencies, 0.95),
    medianInBrowserMs: median(inBrowser),
  };
}
