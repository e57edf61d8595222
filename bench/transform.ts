/**
 * CPU of a whole server with one viewer at 720p30: source and encoder alone, and with a transform that
 * touches every pixel in TypeScript.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeBenchClip } from './support/clip.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';
import { ViewerProcess } from './support/viewer-process.js';

const seconds = Number(process.env['SECONDS'] ?? 15);
const invert = fileURLToPath(new URL('support/invert.ts', import.meta.url));
const clip = await makeBenchClip(1280, 720);

for (const source of [clip, 'testsrc']) {
  for (const transforms of [[], [invert]]) {
    await using server = await ServerProcess.start({ source, loop: source === clip, transforms });
    await using viewers = new ViewerProcess();
    await viewers.join(1, server.offerUrl);
    await delay(2000);
    const from = { at: performance.now(), use: await server.usage(), got: await viewers.report() };
    await delay(seconds * 1000);
    const to = { at: performance.now(), use: await server.usage(), got: await viewers.report() };
    const ms = to.at - from.at;
    print('one viewer 720p30', {
      source: source === clip ? 'h264 file' : source,
      transform: transforms.length === 0 ? 'none' : 'every pixel in TypeScript',
      cores: (to.use.cpuMs - from.use.cpuMs) / ms,
      framesPerSecond: (((to.got[0]?.frames ?? 0) - (from.got[0]?.frames ?? 0)) * 1000) / ms,
      encodeMs: to.use.stats.renditions[0]?.encodeMs ?? NaN,
    });
  }
}
