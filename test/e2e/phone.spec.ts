import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from '../support/browser.js';
import type { TestBrowser, TestPage } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';

const poll = { timeout: 30_000, interval: 100 };
const width = 360;
const name = 'front-door-of-the-warehouse-at-the-harbour-camera-4-of-12';

interface Box {
  selector: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

// What the page has and Node has not.
declare const document: {
  querySelector(selector: string): { getBoundingClientRect(): Omit<Box, 'selector'> } | null;
};

/** Where these elements are; an element that is not shown has no width. */
function boxesOf(page: TestPage, selectors: string[]): Promise<Box[]> {
  return page.evaluate(
    (wanted) =>
      wanted.map((selector) => {
        const element = document.querySelector(selector);
        if (element === null) throw new Error(`no ${selector}`);
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return { selector, left, right, top, bottom };
      }),
    selectors,
  );
}

function overlapping(boxes: Box[]): string[] {
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.selector} and ${b.selector}`),
  );
}

describe('the page on a phone', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it('gives the title two lines, and every control its place', async () => {
    const server = await startFramegear(await temporaryFolder(), '--name', name);
    const page = await openPage(browser, server.url);
    await page.setViewport({ width, height: 640 });
    await expectPlaying(page);
    await expect.poll(() => textOf(page, '#quality'), poll).toContain('Low');
    const selectors = ['#state-badge', '.bar h1', '#quality', '#mute', '#fullscreen', 'summary'];
    await expect
      .poll(async () => (await boxesOf(page, selectors)).every((box) => box.right > box.left), poll)
      .toBe(true);

    const boxes = await boxesOf(page, selectors);
    expect(overlapping(boxes)).toEqual([]);
    expect(boxes.filter(({ left, right }) => left < 0 || right > width)).toEqual([]);
    const title = boxes[1] as Box;
    expect(title.right - title.left).toBeGreaterThan(width / 2);
  });

  it('has room for why nothing plays, and for the button', async () => {
    const server = await startFramegear(await temporaryFolder(), '--max-viewers', '1');
    await expectPlaying(await openPage(browser, server.url));
    const page = await openPage(browser, server.url);
    await page.setViewport({ width, height: 640 });
    await expect.poll(() => textOf(page, '#state-title'), poll).toBe('The stream is full');
    await expect.poll(() => textOf(page, '#state-countdown'), poll).not.toBe('');
    const words = ['#state-title', '#state-reason', '#state-countdown', '#retry'];
    const [stage, ...boxes] = await boxesOf(page, ['.stage', ...words]);
    expect(overlapping(boxes)).toEqual([]);
    expect(boxes.filter(({ top }) => top < (stage as Box).top)).toEqual([]);
    expect(boxes.filter(({ bottom }) => bottom > (stage as Box).bottom)).toEqual([]);
  });
});
