/**
 * Chromium behind a relay: 5 % of the packets lost at random at 40 ms round trip; limited to 600 kbit/s while seven others watch; and on a
 * link that narrows to that while it is watched. 720p30 at 1.5 Mbit/s, with the time painted into each picture.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServerOptions } from 'framegear';
import type { Browser } from 'playwright-core';
import { BadLink } from '../test/support/bad-link.js';
import type { LinkConditions } from '../test/support/bad-link.js';
import { startChromium } from '../test/support/chromium.js';
import { makeBenchClip } from './support/clip.js';
import { Crowd } from './support/crowd.js';
import { median, medians } from './support/median.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { WatchingPage, sumUp } from './support/watching-page.js';
import type { SeenPicture } from './support/strip-page.js';

const seconds = Number(process.env['SECONDS'] ?? 20);
const settleSeconds = Number(process.env['SETTLE'] ?? 10);
const runs = Number(process.env['RUNS'] ?? 3);
const cases = (process.env['CASES'] ?? 'loss,narrow,narrowing').split(',');
const others = 7;

const transforms = [fileURLToPath(new URL('support/paint-time.ts', import.meta.url))];
const source = await makeBenchClip(1280, 720);
const options = { source, loop: true, transforms, codecs: ['vp8'], bitrate: 1_500_000 };

type Figures = Record<string, number>;

function startServer(): Promise<ServerProcess> {
  return ServerProcess.start(options as ServerOptions);
}

/** 5 % of the packets lost, both ways, 40 ms there and back. */
async function loss(browser: Browser, seed: number): Promise<Figures> {
  await using server = await startServer();
  await using link = await BadLink.open(seed);
  const bad: LinkConditions = { loss: 0.05, delayMs: 20 };
  link.set({ down: bad, up: bad });
  await using page = await WatchingPage.open(browser, server.url, link);
  await delay(settleSeconds * 1000);
  await page.take();
  await delay(seconds * 1000);
  const pictures = await page.take();
  return { ...sumUp(pictures), height: lastHeight(pictures), lostShare: lostShare(link) };
}

/** One is limited to 600 kbit/s, seven are not. */
async function narrow(browser: Browser, seed: number): Promise<Figures> {
  await using server = await startServer();
  await using crowd = new Crowd();
  await crowd.join(others, server.offerUrl);
  await delay(2000);
  await crowd.report();
  const untouched = await crowd.watch(server, settleSeconds);
  await using link = await BadLink.open(seed);
  const up = { delayMs: 10 };
  link.set({ down: { bitrate: 600_000, delayMs: 10, queueMs: 1000 }, up });
  await using page = await WatchingPage.open(browser, server.url, link);
  const beginning = crowd.watch(server, settleSeconds);
  await delay(settleSeconds * 1000);
  const start = { ...sumUp(await page.take()), ...(await beginning) };
  const [watched] = await Promise.all([crowd.watch(server, seconds), delay(seconds * 1000)]);
  const pictures = await page.take();
  const half = Math.floor(pictures.length / 2);
  return {
    ...sumUp(pictures),
    height: lastHeight(pictures),
    firstHalfLatencyMs: sumUp(pictures.slice(0, half)).medianLatencyMs,
    secondHalfLatencyMs: sumUp(pictures.slice(half)).medianLatencyMs,
    startP95LatencyMs: start.p95LatencyMs,
    startLongestFreezeMs: start.longestFreezeMs,
    othersFramesPerSecond: Math.min(watched.slowestFramesPerSecond, start.slowestFramesPerSecond),
    othersLongestGapMs: Math.max(watched.longestGapMs, start.longestGapMs),
    othersLostPackets: watched.lostPackets + start.lostPackets,
    othersKbitPerSecond: watched.kbitPerSecond,
    othersFramesPerSecondBefore: untouched.slowestFramesPerSecond,
    othersLongestGapBeforeMs: untouched.longestGapMs,
    othersKbitPerSecondBefore: untouched.kbitPerSecond,
    lostShare: lostShare(link),
  };
}

/** A link without a limit becomes one of 600 kbit/s, with a queue of 800 ms. */
async function narrowing(browser: Browser, seed: number): Promise<Figures> {
  await using server = await startServer();
  await using link = await BadLink.open(seed);
  const wide: LinkConditions = { delayMs: 20 };
  link.set({ down: wide, up: wide });
  await using page = await WatchingPage.open(browser, server.url, link);
  await delay(settleSeconds * 1000);
  await page.take();
  link.set({ down: { ...wide, bitrate: 600_000, queueMs: 800 }, up: wide });
  await delay(settleSeconds * 1000);
  const fall = sumUp(await page.take());
  await delay(seconds * 1000);
  const pictures = await page.take();
  return {
    fallLongestFreezeMs: fall.longestFreezeMs,
    fallP95LatencyMs: fall.p95LatencyMs,
    ...sumUp(pictures),
    height: lastHeight(pictures),
    lostShare: lostShare(link),
  };
}

function lastHeight(pictures: readonly SeenPicture[]): number {
  return median(pictures.slice(-15).map(({ height }) => height));
}

function lostShare({ down }: BadLink): number {
  return down.lost / Math.max(1, down.packets);
}

const browser = await startChromium();
try {
  for (const [name, title, measure] of [
    ['loss', '5 % loss at 40 ms round trip in Chromium', loss],
    ['narrow', 'one of 8 viewers limited to 600 kbit/s, in Chromium', narrow],
    ['narrowing', 'a link that narrows to 600 kbit/s, in Chromium', narrowing],
  ] as const) {
    if (!cases.includes(name)) continue;
    const figures: Figures[] = [];
    for (let run = 0; run < runs; run += 1) figures.push(await measure(browser, run + 1));
    print(title, medians(figures));
  }
} finally {
  await browser.close();
}
