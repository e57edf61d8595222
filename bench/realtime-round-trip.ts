/**
 * From camera and microphone through a handler to screen and speaker in Chromium on loopback: a canvas that shows the time at
 * 640x480 and 30 pictures a second, whose pixels the handler turns grey; clicks of a tone, echoed.
 */
import { readFileSync } from 'node:fs';
import { fakeDevices, startChromium } from '../test/support/chromium.js';
import { print } from './support/print.js';
import { StreamProcess } from './support/stream-process.js';

const seconds = Number(process.env['SECONDS'] ?? 15);
const script = readFileSync(new URL('support/round-trip-page.js', import.meta.url), 'utf8');
const browser = await startChromium(fakeDevices);

try {
  for (const kind of ['video', 'audio'] as const) {
    await using server = await StreamProcess.start(kind);
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.addScriptTag({ content: script });
    const before = await server.usage();
    const startedAt = performance.now();
    const measure = kind === 'video' ? 'measureVideo' : 'measureAudio';
    const delays = await page.evaluate<number[]>(
      `${measure}(${JSON.stringify(new URL('webrtc/offer', server.url).href)}, ${seconds})`,
    );
    const after = await server.usage();
    await page.close();
    delays.sort((a, b) => a - b);
    const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? NaN;
    print(`round trip of ${kind} through a handler in Chromium`, {
      medianMs: at(0.5),
      p95Ms: at(0.95),
      samples: delays.length,
      serverCores: (after.cpuMs - before.cpuMs) / (performance.now() - startedAt),
    });
  }
} finally {
  await browser.close();
}
