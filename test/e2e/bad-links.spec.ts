import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BadLink } from '../support/bad-link.js';
import { videoState } from '../support/browser.js';
import type { TestPage } from '../support/browser.js';
import { newChromiumPage, startChromium } from '../support/chromium.js';
import { expectPlaying, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { relayOffers } from '../support/relayed-page.js';

const poll = { timeout: 40_000, interval: 100 };

describe('Chromium behind a bad link', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  async function openThrough(link: BadLink | null, url: string): Promise<TestPage> {
    const page = await newChromiumPage(browser, async (raw) => {
      if (link !== null) await relayOffers(raw, link);
    });
    onTestFinished(() => page.close());
    expect(await page.goto(url)).toBe(200);
    return page;
  }

  async function openLink(): Promise<BadLink> {
    const link = await BadLink.open();
    onTestFinished(() => link.close());
    return link;
  }

  it('plays while 5 % of all packets are lost, and after an outage of 5 s', async () => {
    const server = await startFramegear(await temporaryFolder(), '--codecs', 'vp8');
    const link = await openLink();
    const bad = { loss: 0.05, delayMs: 20 };
    link.set({ down: bad, up: bad });
    const page = await openThrough(link, server.url);
    await expectPlaying(page, { frames: 90 });
    expect(link.down.lost).toBeGreaterThan(0);

    link.set({});
    link.cut(5000);
    await expectPlaying(page, { frames: 30, timeoutMs: 40_000 });
  });

  it('gets a smaller picture when it is narrow, and nobody else does', async () => {
    const server = await startFramegear(await temporaryFolder(), '--codecs', 'vp8');
    const link = await openLink();
    const [narrow, other] = [
      await openThrough(link, server.url),
      await openThrough(null, server.url),
    ];
    await Promise.all([expectPlaying(narrow), expectPlaying(other)]);
    link.set({ down: { bitrate: 400_000, delayMs: 10, queueMs: 1000 }, up: { delayMs: 10 } });
    await expect.poll(async () => (await videoState(narrow)).height, poll).toBeLessThan(720);
    await expectPlaying(narrow, { frames: 30 });
    expect((await videoState(other)).height).toBe(720);
    await expectPlaying(other, { frames: 30 });
    expect([narrow.problems, other.problems]).toEqual([[], []]);
  });
});
