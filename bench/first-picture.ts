/** From the default page's offer to its first picture in Chromium, median of 5 loads. */
import { firstPictureMs } from '../test/support/browser.js';
import { launchChromium } from '../test/support/chromium.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';

await using server = await ServerProcess.start({});
const browser = await launchChromium();

/** One load of the page in a fresh profile. */
async function load(): Promise<number> {
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    return await firstPictureMs(page);
  } finally {
    await page.close();
  }
}

try {
  // Nobody watched before: this one also waits for the source to open.
  const cold = await load();
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) times.push(await load());
  times.sort((a, b) => a - b);
  print('first picture in Chromium after the offer', {
    medianMs: times[2] ?? NaN,
    slowestMs: times[4] ?? NaN,
    coldMs: cold,
  });
} finally {
  await browser.close();
}
