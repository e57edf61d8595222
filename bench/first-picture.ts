/** From the page's offer to its first picture in Chromium, median of 5 loads of the default page. */
import { launchChromium } from '../test/support/chromium.js';
import { print } from './support/print.js';
import { ServerProcess } from './support/server-process.js';

await using server = await ServerProcess.start({});
const browser = await launchChromium();
const times: number[] = [];
try {
  for (let i = 0; i < 6; i += 1) {
    const page = await browser.newPage();
    await page.addInitScript(() => {
      const original = RTCPeerConnection.prototype.createOffer;
      RTCPeerConnection.prototype.createOffer = function (this: RTCPeerConnection, ...args: []) {
        (globalThis as { offered?: number }).offered ??= performance.now();
        return original.apply(this, args);
      };
    });
    await page.goto(server.url);
    const ms = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const video = document.querySelector('video') as HTMLVideoElement;
          video.requestVideoFrameCallback(() =>
            resolve(performance.now() - ((globalThis as { offered?: number }).offered ?? 0)),
          );
        }),
    );
    // The first load opens the source; a viewer of a running stream is what is measured.
    if (i > 0) times.push(ms);
    await page.close();
  }
} finally {
  await browser.close();
}
times.sort((a, b) => a - b);
print('first picture in Chromium after the offer', {
  medianMs: times[2] ?? NaN,
  slowestMs: times[4] ?? NaN,
});
