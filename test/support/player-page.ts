import { textOf } from './browser.js';
import type { TestPage } from './browser.js';

// What the page has and Node has not.
declare const document: {
  querySelector(selector: string): { value: string; dispatchEvent(event: unknown): void } | null;
};
declare const Event: new (type: string, init: object) => unknown;

/** The figure with this name in the player's statistics panel. */
export function figureOf(page: TestPage, name: string): Promise<string> {
  return textOf(page, `#statistics-${name}`);
}

/** Chooses as a viewer does who picks an entry of the list. */
export function chooseQuality(page: TestPage, quality: string): Promise<void> {
  return page.evaluate((wanted) => {
    const select = document.querySelector('#quality');
    if (select === null) throw new Error('no quality to choose');
    select.value = wanted;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }, quality);
}
