import { afterAll, beforeAll } from 'vitest';
import type { TestBrowser } from './browser.js';
import { launchChromium } from './chromium.js';
import { makeFakeDevices } from './fake-devices.js';
import type { FakeDevices } from './fake-devices.js';

/**
 * Chromium with a camera that shows four colours and a microphone that hears one tone, for the tests of the `describe` in which
 * this is called: started before the first, closed after the last.
 *
 * @param size - The camera's, as {@link makeFakeDevices} takes it.
 */
export function stageWithDevices(size?: Parameters<typeof makeFakeDevices>[0]): {
  /** There while tests run. */
  readonly browser: TestBrowser;
} {
  let devices: FakeDevices | undefined;
  let browser: TestBrowser | undefined;
  beforeAll(async () => {
    devices = await makeFakeDevices(size);
    browser = await launchChromium(devices.args);
  });
  afterAll(async () => {
    await browser?.close();
    devices?.remove();
  });
  return {
    get browser() {
      if (browser === undefined) throw new Error('there is no browser before the tests run');
      return browser;
    },
  };
}
