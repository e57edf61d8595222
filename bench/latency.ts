/** From a time painted by a transform to the pixel in Chromium on loopback: a 720p30 file with B-frames. `CODEC=vp8`. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServerOptions } from 'framegear';
import { startChromium } from '../test/support/chromium.js';
import { makeBenchClip } from './support/clip.js';
import { medians } from './support/median.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { WatchingPage, sumUp } from './support/watching-page.js';
import type { Showing } from './support/watching-page.js';

const seconds = Number(process.env['SECONDS'] ?? 15);
const runs = Number(process.env['RUNS'] ?? 3);
const codec = process.env['CODEC'];

const source = await makeBenchClip(1280, 720);
const transforms = [fileURLToPath(new URL('support/paint-time.ts', import.meta.url))];
const options = { source, loop: true, transforms, ...(codec ? { codecs: [codec] } : {}) };
const browser = await startChromium();
try {
  await using server = await ServerProcess.start(options as ServerOptions);
  const showings: Showing[] = [];
  for (let run = 0; run < runs; run += 1) {
    await using page = await WatchingPage.open(browser, server.url);
    await delay(3000);
    await page.take();
    await delay(seconds * 1000);
    showings.push(sumUp(await page.take()));
  }
  const { stats } = await server.usage();
  print('from a transform to the pixel in Chromium, 720p30', {
    rendition: stats.renditions[0]?.id ?? 'none',
    encodeMs: stats.renditions[0]?.encodeMs ?? NaN,
    ...medians(showings.map((showing) => ({ ...showing }))),
  });
} finally {
  await browser.close();
}
