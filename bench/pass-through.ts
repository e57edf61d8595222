/**
 * One viewer of a 1080p30 H.264 file without B-frames, whole server: passed through, and with `passThrough` off.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerOptions } from 'framegear';
import { makeClip } from '../test/fixtures/make.js';
import { MovingPictures } from '../test/support/moving-pictures.js';
import { median } from './support/median.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { ViewerProcess } from './support/viewer-process.js';

const seconds = Number(process.env['SECONDS'] ?? 10);
const runs = Number(process.env['RUNS'] ?? 3);

const pictures = new MovingPictures(1920, 1080);
const clip = await makeClip({
  seconds: 4,
  size: [1920, 1080],
  framerate: 30,
  // What the viewer offers.
  profile: 'baseline',
  picture: (index) => pictures.rgb(index),
});

for (const passThrough of [true, false]) {
  const options = { source: clip, loop: true, codecs: ['h264'], passThrough } as ServerOptions;
  await using server = await ServerProcess.start(options);
  await using viewers = new ViewerProcess();
  await viewers.join(1, server.offerUrl, { codecs: ['h264'] });
  await delay(3000);
  const cores: number[] = [];
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const from = { at: performance.now(), use: await server.usage(), got: await viewers.report() };
    await delay(seconds * 1000);
    const to = { at: performance.now(), use: await server.usage(), got: await viewers.report() };
    const ms = to.at - from.at;
    cores.push((to.use.cpuMs - from.use.cpuMs) / ms);
    rates.push((((to.got[0]?.frames ?? 0) - (from.got[0]?.frames ?? 0)) * 1000) / ms);
  }
  const { stats, rss } = await server.usage();
  print('one viewer of 1080p30 h264', {
    passThrough: String(passThrough),
    renditions: stats.renditions.map(({ id }) => id).join(' '),
    cores: median(cores),
    framesPerSecond: median(rates),
    rssMiB: rss / 2 ** 20,
  });
}
