/**
 * Fifty viewers join within one second while twenty watch 720p30 VP8 at 1.5 Mbit/s: how long each waits for its picture,
 * and what those who watch miss. `JOINS=50`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PipelineStats } from 'framegear';
import { makeBenchClip } from './support/clip.js';
import { Crowd } from './support/crowd.js';
import { medians, median } from './support/median.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { ViewerProcess } from './support/viewer-process.js';

const runs = Number(process.env['RUNS'] ?? 3);
const joins = Number(process.env['JOINS'] ?? 50);
const watching = 20;

const clip = await makeBenchClip(1280, 720);

async function storm(): Promise<Record<string, number>> {
  await using server = await ServerProcess.start({
    source: clip,
    loop: true,
    codecs: ['vp8'],
    bitrate: 1_500_000,
  });
  await using crowd = new Crowd();
  await using newcomers = new ViewerProcess('light');
  // Loads the process, and its code, before the clock runs.
  await newcomers.join(1, server.offerUrl);
  await newcomers.leave();
  await crowd.join(watching, server.offerUrl);
  await delay(3000);
  await crowd.report();
  const before = { use: await server.usage(), at: performance.now() };
  const storming = newcomers.join(joins, server.offerUrl, { withinMs: 1000 });
  const window = await crowd.watch(server, 4);
  const joined = await storming;
  const after = await server.usage();
  const waits = joined.map(({ firstFrameMs }) => firstFrameMs);
  return {
    slowestFirstPictureMs: Math.max(...waits),
    medianFirstPictureMs: median(waits),
    watchersSlowestFramesPerSecond: window.slowestFramesPerSecond,
    watchersLongestGapMs: window.longestGapMs,
    watchersLostPackets: window.lostPackets,
    sourceFramesPerSecond:
      ((after.stats.framesRead - before.use.stats.framesRead) * 1000) /
      (performance.now() - before.at),
    framesDropped: dropped(after.stats) - dropped(before.use.stats),
  };
}

/** Pictures left out before or at the encoders. */
function dropped({ framesDropped, renditions }: PipelineStats): number {
  const counts: Record<string, number>[] = [
    { ...framesDropped },
    ...renditions.map((rendition) => ({ ...rendition.framesDropped })),
  ];
  return counts.flatMap((count) => Object.values(count)).reduce((sum, count) => sum + count, 0);
}

const results: Record<string, number>[] = [];
for (let run = 0; run < runs; run += 1) results.push(await storm());
print(`${joins} viewers join within a second`, { joins, watching, ...medians(results) });
