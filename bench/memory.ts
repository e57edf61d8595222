/** What stays of viewers that came and went: 50 cycles of connect, watch, disconnect, at 360p. */
import { setTimeout as delay } from 'node:timers/promises';
import { makeBenchClip } from './support/clip.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { ViewerProcess } from './support/viewer-process.js';

const cycles = Number(process.env['CYCLES'] ?? 50);
const clip = await makeBenchClip(640, 360);

await using server = await ServerProcess.start({ source: clip, loop: true, codecs: ['vp8'] });
await using viewers = new ViewerProcess();

/** So many viewers, one after another; each gets a picture and leaves. */
async function cycle(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await viewers.join(1, server.offerUrl);
    await viewers.leave();
  }
  while ((await server.usage()).sessions > 0) await delay(100);
  await delay(1000);
}

// The first viewers load code and fill pools; that is not what a viewer leaves behind.
await cycle(20);
const before = await server.collectedUsage();
await cycle(cycles);
const after = await server.collectedUsage();
print('memory after viewers came and went', {
  cycles,
  rssBeforeMiB: before.rss / 2 ** 20,
  rssAfterMiB: after.rss / 2 ** 20,
  growthPerViewerMiB: (after.rss - before.rss) / 2 ** 20 / cycles,
});
