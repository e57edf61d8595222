/**
 * How many viewers one encode carries: a 720p30 H.264 file with B-frames sent as VP8 at 1.5 Mbit/s to crowds, all on the
 * same cores as the server. `cores` and memory are the server's. `VIEWERS=1,100,200,250`, `WORKERS=auto`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerOptions } from 'framegear';
import { makeBenchClip } from './support/clip.js';
import { Crowd } from './support/crowd.js';
import type { Window } from './support/crowd.js';
import { medians } from './support/median.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';

const seconds = Number(process.env['SECONDS'] ?? 10);
const runs = Number(process.env['RUNS'] ?? 3);
const counts = (process.env['VIEWERS'] ?? '1,100,200,250').split(',').map(Number);
const workers = process.env['WORKERS'];

const clip = await makeBenchClip(1280, 720);
const options = {
  source: clip,
  loop: true,
  codecs: ['vp8'],
  bitrate: 1_500_000,
  ...(workers === undefined ? {} : { workers: workers === 'auto' ? workers : Number(workers) }),
} as ServerOptions;

let first: Window | null = null;
for (const count of counts) {
  await using server = await ServerProcess.start(options);
  await using crowd = new Crowd();
  const joined = await crowd.join(count, server.offerUrl);
  await delay(3000);
  await crowd.report();
  const windows: Window[] = [];
  for (let run = 0; run < runs; run += 1) windows.push(await crowd.watch(server, seconds));
  const middle = medians(windows);
  first ??= middle;
  const added = Math.max(1, count - (counts[0] ?? 0));
  print('viewers of 720p30 vp8 1.5 Mbit/s', {
    viewers: count,
    workers: workers ?? 'default',
    ...middle,
    coresPerAddedViewer: (middle.cores - first.cores) / added,
    rssPerAddedViewerMiB: (middle.rssMiB - first.rssMiB) / added,
    slowestFirstPictureMs: Math.max(...joined.map(({ firstFrameMs }) => firstFrameMs)),
  });
}
