/**
 * The test source's burst against its clock in Chromium, over 20 s: how much later sound is heard than the picture of the same moment
 * is seen (below 0: earlier). Once as it is, and once with a transform that holds every picture up for 100 ms.
 */
import { fileURLToPath } from 'node:url';
import { videoState } from '../test/support/browser.js';
import { launchChromium } from '../test/support/chromium.js';
import { measureSync } from '../test/support/sync-meter.js';
import { median } from './support/median.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';

const bursts = 20;
/** Receivers need a few reports before they play two streams in step. */
const settleMs = 15_000;
const slow = fileURLToPath(new URL('support/slow.ts', import.meta.url));
const browser = await launchChromium();

async function measure(name: string, transforms: string[]): Promise<void> {
  await using server = await ServerProcess.start({ transforms });
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    while ((await videoState(page)).framesDecoded < 10) await delay(100);
    await page.click('#mute');
    await delay(settleMs);
    const { bursts: found, estimateMs, speakerMs } = await measureSync(page, bursts);
    const offsets = found.map(({ offsetMs }) => offsetMs);
    const worst = offsets.reduce((far, ms) => (Math.abs(ms) > Math.abs(far) ? ms : far), 0);
    print(`sound against picture in Chromium, ${name}`, {
      bursts: found.length,
      medianMs: median(offsets),
      worstMs: worst,
      soundMs: median(found.map(({ audioMs }) => audioMs)),
      pictureMs: median(found.map(({ videoMs }) => videoMs)),
      speakerMs,
      ownEstimateMs: estimateMs ?? Number.NaN,
    });
  } finally {
    await page.close();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

try {
  await measure('720p30', []);
  await measure('720p30 and a transform of 100 ms', [slow]);
} finally {
  await browser.close();
}
