import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf, videoState } from '../support/browser.js';
import type { TestBrowser, TestPage } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';

const poll = { timeout: 30_000, interval: 100 };
// A busy machine looks like a narrow link: the viewer begins lower, or moves down, and comes up again.
const patient = { timeout: 70_000, interval: 100 };

// What the page has and Node has not.
interface Element {
  value: string;
  disabled: boolean;
  hidden: boolean;
  focus(): void;
  dispatchEvent(event: unknown): void;
}
declare const document: {
  querySelector(selector: string): Element | null;
  activeElement: { id: string } | null;
};
declare const Event: new (type: string, init: object) => unknown;

/** The figure with this name in the statistics panel. */
function figure(page: TestPage, name: string): Promise<string> {
  return textOf(page, `#statistics-${name}`);
}

/** Chooses as a viewer does who picks an entry of the list. */
function chooseQuality(page: TestPage, quality: string): Promise<void> {
  return page.evaluate((wanted) => {
    const select = document.querySelector('#quality');
    if (select === null) throw new Error('no quality to choose');
    select.value = wanted;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }, quality);
}

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
    await expect.poll(() => figure(page, 'latency'), poll).toMatch(/^\d+ ms$/);
    await page.click('#statistics-details summary');
    await expect.poll(() => figure(page, 'encoder'), poll).toBe('libvpx');
    await expect.poll(() => figure(page, 'source-rate'), poll).toMatch(/^[\d.]+ fps$/);
    await expect.poll(() => figure(page, 'jitter-buffer'), poll).toMatch(/^\d+ ms$/);
    await expect.poll(() => figure(page, 'rendition'), patient).toBe('full');
    expect(await figure(page, 'codec')).toBe('VP8');
    await expect.poll(() => figure(page, 'viewers'), poll).toBe('1');
    await expect.poll(() => figure(page, 'loss'), poll).toMatch(/^[\d.]+ %$/);
    await expect.poll(() => figure(page, 'server-drops'), poll).toMatch(/^\d+/);
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
    await expect.poll(() => figure(page, 'latency'), poll).toMatch(/^\d+ ms$/);
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
