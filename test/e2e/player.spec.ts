import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf, videoState } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { chooseQuality, figureOf } from '../support/player-page.js';

const poll = { timeout: 30_000, interval: 100 };
// A busy machine looks like a narrow link: the viewer begins lower, or moves down, and comes up again.
const patient = { timeout: 70_000, interval: 100 };

// What the page has and Node has not.
declare const document: {
  querySelector(selector: string): { hidden: boolean; focus(): void } | null;
};

describe('the player in Chromium', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it('shows how the stream fares, from the source to the screen', async () => {
    const server = await startFramegear(await temporaryFolder());
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    // Whole: with the time inside the server, that only the server can tell.
    await expect.poll(() => figureOf(page, 'latency'), poll).toMatch(/^\d+ ms$/);
    await page.click('#statistics-details summary');
    await expect.poll(() => figureOf(page, 'encoder'), poll).toBe('libvpx');
    await expect.poll(() => figureOf(page, 'source-rate'), poll).toMatch(/^[\d.]+ fps$/);
    await expect.poll(() => figureOf(page, 'jitter-buffer'), poll).toMatch(/^\d+ ms$/);
    await expect.poll(() => figureOf(page, 'rendition'), patient).toBe('full');
    expect(await figureOf(page, 'codec')).toBe('VP8');
    await expect.poll(() => figureOf(page, 'viewers'), poll).toBe('1');
    await expect.poll(() => figureOf(page, 'loss'), poll).toMatch(/^[\d.]+ %$/);
    await expect.poll(() => figureOf(page, 'server-drops'), poll).toMatch(/^\d+/);
    expect(page.problems).toEqual([]);
  }, 150_000);

  it('lets the viewer pin a rendition, by keyboard too, and go back', async () => {
    const server = await startFramegear(await temporaryFolder());
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    await expect.poll(async () => (await videoState(page)).width, patient).toBe(1280);
    await expect.poll(() => textOf(page, '#quality'), poll).toContain('Low');
    await chooseQuality(page, 'low');
    await expect.poll(async () => (await videoState(page)).width, poll).toBe(320);

    // Typing a letter picks the entry that begins with it.
    await page.evaluate(() => document.querySelector('#quality')?.focus());
    await page.press('h');
    await expect.poll(async () => (await videoState(page)).width, poll).toBe(1280);
    await expectPlaying(page);
    expect(page.problems).toEqual([]);
  }, 150_000);

  it('has nothing to choose where there is one rendition', async () => {
    const server = await startFramegear(await temporaryFolder(), '--renditions', 'full');
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    await expect.poll(() => figureOf(page, 'latency'), poll).toMatch(/^\d+ ms$/);
    const hidden = (): Promise<boolean> =>
      page.evaluate(() => document.querySelector('#quality-label')?.hidden === true);
    expect(await hidden()).toBe(true);
  });

  it('says that the stream is full, counts down, and comes in when there is room', async () => {
    const server = await startFramegear(await temporaryFolder(), '--max-viewers', '1');
    const first = await openPage(browser, server.url);
    await expectPlaying(first);
    const second = await openPage(browser, server.url);
    await expect.poll(() => textOf(second, '#state-title'), poll).toBe('The stream is full');
    const countdown = (): Promise<string> => textOf(second, '#state-countdown');
    await expect.poll(countdown, poll).toMatch(/^Trying again in \d+ s$/);
    const shown = await countdown();
    await expect.poll(countdown, poll).not.toBe(shown);
    await first.close();
    await expectPlaying(second, { timeoutMs: 60_000 });
    expect(await textOf(second, '#state-countdown')).toBe('');
  });
});
