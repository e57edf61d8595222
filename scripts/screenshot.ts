/** Makes `docs/images/page.png`: the default page in Chromium, playing the test source. Needs a build. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { textOf, videoState } from '../test/support/browser.js';
import type { TestPage } from '../test/support/browser.js';
import { launchChromium } from '../test/support/chromium.js';
import { FramegearProcess } from '../test/support/framegear-process.js';

const target = fileURLToPath(new URL('../docs/images/page.png', import.meta.url));
const bin = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const deadline = Date.now() + 30_000;
const dataDirectory = await mkdtemp(path.join(tmpdir(), 'framegear-screenshot-'));
const server = await FramegearProcess.start(['--port', '0', '--data-dir', dataDirectory], {
  bin,
  cwd: dataDirectory,
});
const browser = await launchChromium();
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 860 });
  await page.goto(server.url);
  while (!(await isComplete(page))) {
    if (Date.now() > deadline) throw new Error('the page does not play, or lacks figures');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await mkdir(path.dirname(target), { recursive: true });
  await page.screenshot(target);
  console.log(target);
} finally {
  await browser.close();
  await server.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}

/** A few seconds in, the bitrate has settled, the statistics have something to say, and all buttons are there. */
async function isComplete(page: TestPage): Promise<boolean> {
  if ((await videoState(page)).framesDecoded < 120) return false;
  const [latency, qualities] = [
    await textOf(page, '#statistics-latency'),
    await textOf(page, '#quality'),
  ];
  return /^\d+ ms$/.test(latency) && /\d+p/.test(qualities);
}
