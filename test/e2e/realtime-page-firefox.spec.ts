import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf, videoState } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';
import { launchFirefox } from '../support/firefox.js';
import { VoiceEcho, flipAndGrey, plainSound } from '../support/stream-handlers.js';
import {
  expectState,
  isShown,
  quartersOf,
  recordSound,
  serveStream,
  startStreamPage,
} from '../support/stream-page.js';
import { channelOf, levelAt } from '../support/tones.js';

/** What Firefox' own microphone hears. */
const fakeHertz = 1000;

describe("a Stream's own page, in Firefox", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchFirefox();
  });
  afterAll(() => browser.close());

  it('shows the camera through a handler that takes its colours', async () => {
    const { url, stream } = await serveStream({ handler: flipAndGrey });
    const page = await startStreamPage(browser, url);
    const isColourful = async (selector: string): Promise<boolean | null> => {
      const quarters = await quartersOf(page, selector);
      if (quarters.length === 0) return null;
      return quarters.some((colour) => Math.max(...colour) - Math.min(...colour) > 24);
    };
    await expect.poll(() => isColourful('#answer'), { timeout: 30_000 }).toBe(false);
    // Its own camera goes through all colours.
    await expect.poll(() => isColourful('#preview'), { timeout: 30_000 }).toBe(true);
    expect(await isColourful('#answer')).toBe(false);
    const { framesDecoded } = await videoState(page);
    await expect
      .poll(async () => (await videoState(page)).framesDecoded, { timeout: 20_000 })
      .toBeGreaterThan(framesDecoded + 15);
    expect(await isShown(page, '#overlay')).toBe(false);
    await page.click('#stop');
    await expectState(page, { state: 'closed' });
    await expect.poll(() => stream.connections).toEqual([]);
    expect(page.problems).toEqual([]);
  });

  it('plays the microphone back, at its pitch and as loud', async () => {
    const { url } = await serveStream({
      handler: new VoiceEcho(),
      modality: 'audio',
      trackConstraints: plainSound,
    });
    const page = await startStreamPage(browser, url);
    const toneOf = async (which: 'localStream' | 'remoteStream'): Promise<number> => {
      const sound = await recordSound(page, which);
      return levelAt(channelOf([sound]), fakeHertz, sound.sampleRate);
    };
    const sent = await toneOf('localStream');
    expect(sent).toBeGreaterThan(0.02);
    await expect
      .poll(async () => (await toneOf('remoteStream')) / sent, { timeout: 30_000 })
      .toSatisfy((ratio: number) => ratio > 0.7 && ratio < 1.4);
    await page.type('#text', 'hello');
    await page.press('Enter');
    await expect.poll(() => textOf(page, '.message-answer')).toContain('You wrote: hello');
    expect(page.problems).toEqual([]);
  });
});
