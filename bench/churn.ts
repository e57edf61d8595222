/**
 * What stays of 500 viewers that came and went, 50 at a time, at 360p: memory after a collection, and open files with sockets.
 * `VIEWERS=500`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { makeBenchClip } from './support/clip.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { ViewerProcess } from './support/viewer-process.js';

const atOnce = 50;
const rounds = Math.ceil(Number(process.env['VIEWERS'] ?? 500) / atOnce);

const clip = await makeBenchClip(640, 360);
await using server = await ServerProcess.start({ source: clip, loop: true, codecs: ['vp8'] });

/** Fifty viewers come, each gets a picture, and all leave. */
async function round(): Promise<void> {
  await using viewers = new ViewerProcess('light');
  await viewers.join(atOnce, server.offerUrl);
  await viewers.leave();
}

/** Once nobody is left, and the source was given back. */
async function settled(): Promise<ReturnType<ServerProcess['collectedUsage']>> {
  while ((await server.usage()).sessions > 0) await delay(100);
  await delay(8000);
  return server.collectedUsage();
}

const fresh = await server.collectedUsage();
// The first ones load code and fill pools; that is not what a viewer leaves behind.
await round();
await round();
const before = await settled();
for (let i = 0; i < rounds; i += 1) await round();
const after = await settled();
print('memory after viewers came and went in crowds', {
  viewers: rounds * atOnce,
  rssFreshMiB: fresh.rss / 2 ** 20,
  rssBeforeMiB: before.rss / 2 ** 20,
  rssAfterMiB: after.rss / 2 ** 20,
  growthPerViewerMiB: (after.rss - before.rss) / 2 ** 20 / (rounds * atOnce),
  filesFresh: fresh.files,
  filesBefore: before.files,
  filesAfter: after.files,
});
