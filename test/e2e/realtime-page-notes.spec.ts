import { describe, expect, it } from 'vitest';
import type { AudioData } from '../../src/media/audio-data.js';
import { Warning } from '../../src/realtime/handlers/context.js';
import { textOf } from '../support/browser.js';
import type { TestPage } from '../support/browser.js';
import { stageWithDevices } from '../support/browser-stage.js';
import { Mirror, VoiceEcho } from '../support/stream-handlers.js';
import { expectState, openStreamPage, serveStream } from '../support/stream-page.js';

const short = 'It is getting dark.';
const long =
  'The detector is out of memory: the picture is shown without what it would have found in it, until there is some again.';

/** Says one thing, then another, again and again: there is always a note. */
class Talk {
  #count = 0;
  next(): void {
    if (this.#count % 50 === 0) Warning(short);
    if (this.#count % 50 === 10) Warning(long);
    this.#count += 1;
  }
}
class WarningVoice extends VoiceEcho {
  readonly #talk = new Talk();
  override copy(): WarningVoice {
    return new WarningVoice();
  }
  override receive(frame: AudioData): void {
    this.#talk.next();
    super.receive(frame);
  }
}
class WarningMirror extends Mirror {
  readonly #talk = new Talk();
  override copy(): WarningMirror {
    return new WarningMirror();
  }
  override receive(frame: AudioData): void {
    this.#talk.next();
    super.receive(frame);
  }
}

/** What a visitor reads and uses. */
const needed = ['#chat', '.bar', '#preview', '.sides', '.overlay-box', '#pending', '.footer'];

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
declare const document: {
  querySelectorAll(selector: string): Iterable<{ getClientRects(): ArrayLike<Box> }>;
};

/** How many notes are seen, and what of the page they cover. */
function notesOf(page: TestPage): Promise<{ seen: number; covered: string[] }> {
  return page.evaluate((selectors) => {
    const boxesOf = (selector: string): Box[] =>
      [...document.querySelectorAll(selector)].flatMap((element) => [
        ...Array.from(element.getClientRects()),
      ]);
    const notes = boxesOf('.toast');
    const isCovered = (box: Box): boolean =>
      notes.some(
        (note) =>
          note.left < box.right &&
          box.left < note.right &&
          note.top < box.bottom &&
          box.top < note.bottom,
      );
    const covered = selectors.filter((selector) => boxesOf(selector).some(isCovered));
    return { seen: notes.length, covered };
  }, needed);
}

describe("notes on a Stream's own page", () => {
  const stage = stageWithDevices();

  const sizes = [
    ['a desktop', { width: 1280, height: 800 }],
    ['a large desktop', { width: 1920, height: 1080 }],
    ['a tablet', { width: 820, height: 1100 }],
    ['a phone', { width: 390, height: 844 }],
  ] as const;
  const streams = [
    ['sound', { handler: new WarningVoice(), modality: 'audio' }],
    ['sound and picture', { handler: new WarningMirror(), modality: 'audio-video' }],
  ] as const;

  it.each(
    streams.flatMap(([what, options]) => sizes.map((size) => [what, ...size, options] as const)),
  )('cover nothing that is needed: %s on %s', async (what, screen, size, options) => {
    const { url } = await serveStream(options);
    const page = await openStreamPage(stage.browser, url);
    await page.setViewport(size);
    await page.type('#text', 'think');
    await page.press('Enter');
    await expectState(page, { state: 'open' });
    const found = (): Promise<string> => textOf(page, '#toasts');
    await expect.poll(found, { timeout: 20_000 }).toContain(short);
    await expect.poll(found, { timeout: 20_000 }).toContain(long);
    expect(await notesOf(page)).toEqual({ seen: 2, covered: [] });
    await page.click('#stop');
    await expectState(page, { state: 'closed' });
    expect(await notesOf(page)).toEqual({ seen: 2, covered: [] });
    // They go at a click.
    await page.click('.toast-close');
    expect((await notesOf(page)).seen).toBe(1);
  });
});
