import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBrowser } from '../support/browser.js';
import { fakeDevices, launchChromium } from '../support/chromium.js';
import { serveEcho } from '../support/echo-server.js';

/** What `test/fixtures/echo-page.html` says of itself. */
interface Seen {
  state: string;
  messages: string[];
  width: number;
  framesDecoded: number;
  freezes: number;
  audioPackets: number;
  audioEnergy: number;
  sentWidth: number;
  sentBitrate: number;
  plis: number;
}

declare const window: { call(): Promise<void>; look(): Promise<Seen> };

describe('Chromium with camera and microphone', () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await launchChromium(fakeDevices);
  });
  afterAll(() => browser.close());

  it.each([['vp8'], ['vp9'], ['h264']] as const)('gets both back, %s', async (codec) => {
    const server = await serveEcho([codec]);
    const page = await browser.newPage();
    const look = (): Promise<Seen> => page.evaluate(() => window.look());
    try {
      expect(await page.goto(server.origin)).toBe(200);
      await page.evaluate(() => window.call());
      await expect
        .poll(look, { timeout: 30_000, interval: 500 })
        .toSatisfy((seen: Seen) => seen.framesDecoded > 120 && seen.audioPackets > 150);
      const seen = await look();
      expect(seen).toMatchObject({ state: 'connected', messages: ['Server received: handshake'] });
      // The whole picture, not the stamp that a careful sender begins with.
      expect(seen).toMatchObject({ width: 640, sentWidth: 640 });
      expect(seen.sentBitrate).toBeGreaterThan(1_000_000);
      expect(seen.audioEnergy).toBeGreaterThan(0.0001);
      expect(seen.plis).toBeLessThan(6);
      expect(server.peers[0]?.stats()).toMatchObject({ receivedVideo: { framesLost: 0 } });
      expect(page.problems).toEqual([]);
      await page.close();
      await expect.poll(() => server.peers[0]?.connectionState, { timeout: 12_000 }).toBe('closed');
    } finally {
      await server.close();
    }
  });
});
