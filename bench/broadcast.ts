/**
 * What one encode for all viewers costs: a 720p30 H.264 file sent as VP8 at 1.5 Mbit/s to 1 and to 8
 * viewers. `cores` is CPU time of the whole server process over the time it ran.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { makeBenchClip } from './support/clip.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { ViewerProcess } from './support/viewer-process.js';

const seconds = Number(process.env['SECONDS'] ?? 15);
const counts = (process.env['VIEWERS'] ?? '1,8').split(',').map(Number);

const clip = await makeBenchClip(1280, 720);
let single = 0;
for (const count of counts) {
  await using server = await ServerProcess.start({
    source: clip,
    loop: true,
    codecs: ['vp8'],
    bitrate: 1_500_000,
  });
  await using viewers = new ViewerProcess();
  const before = await viewers.join(count, server.offerUrl);
  await delay(2000);
  const from = { at: performance.now(), use: await server.usage(), got: await viewers.report() };
  await delay(seconds * 1000);
  const to = { at: performance.now(), use: await server.usage(), got: await viewers.report() };
  const ms = to.at - from.at;
  const cores = (to.use.cpuMs - from.use.cpuMs) / ms;
  if (count === 1) single = cores;
  const rates = to.got.map((got, i) => ((got.frames - (from.got[i]?.frames ?? 0)) * 1000) / ms);
  const bits = to.got.map((got, i) => ((got.bytes - (from.got[i]?.bytes ?? 0)) * 8) / ms);
  print('broadcast 720p30 vp8 1.5 Mbit/s', {
    viewers: count,
    cores,
    coresPerAddedViewer: count === 1 ? 0 : (cores - single) / (count - 1),
    slowestFramesPerSecond: Math.min(...rates),
    kbitPerSecond: bits.reduce((sum, rate) => sum + rate, 0) / count,
    lostPackets: to.got.reduce((sum, got) => sum + got.lost, 0),
    firstPictureMs: Math.max(...before.map((got) => got.firstFrameMs)),
    rssMiB: to.use.rss / 2 ** 20,
  });
}
