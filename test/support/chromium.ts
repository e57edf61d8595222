import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { recordPeerConnections } from './browser.js';
import type { TestBrowser, TestPage } from './browser.js';
import { requirePeer } from './peer-programs.js';

/** As a user's browser, but silent: it asks nobody but the server under test. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/**
 * Cameras and microphones of Chromium's own: a turning disc (the second camera measures depth, and shows nothing), and a beep each
 * second. Nobody is asked.
 */
export const fakeDevices: readonly string[] = [
  '--use-fake-device-for-media-stream=device-count=3',
  '--use-fake-ui-for-media-stream',
];

/**
 * Starts the system's Chromium, or the one at `CHROMIUM_PATH`; `close()` it.
 *
 * @param moreArgs - For the browser.
 */
export function startChromium(moreArgs: readonly string[] = []): Promise<Browser> {
  const executablePath = requirePeer('chromium');
  return chromium.launch({ executablePath, args: [...args, ...moreArgs] });
}

/** As {@link startChromium}, in the shape that tests in every browser use. */
export async function launchChromium(moreArgs: readonly string[] = []): Promise<TestBrowser> {
  const browser = await startChromium(moreArgs);
  return {
    name: 'Chromium',
    newPage: () => newChromiumPage(browser),
    close: () => browser.close(),
  };
}

/**
 * An empty page with a profile of its own.
 *
 * @param prepare - Gets at the page before anything is opened in it.
 */
export async function newChromiumPage(
  browser: Browser,
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<TestPage> {
  const context = await browser.newContext();
  await context.addInitScript(recordPeerConnections);
  const page = await context.newPage();
  await prepare(page);
  return wrapPage(page);
}

function wrapPage(page: Page): TestPage {
  const problems: string[] = [];
  const requests: TestPage['requests'] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => requests.push({ method: request.method(), url: request.url() }));
  return {
    problems,
    requests,
    goto: async (url) => (await page.goto(url))?.status() ?? 0,
    reload: async () => {
      await page.reload();
    },
    evaluate: (script, argument) => page.evaluate(script as never, argument),
    screenshot: async (path) => {
      await page.screenshot({ path });
    },
    setViewport: (size) => page.setViewportSize(size),
    click: (selector) => page.click(selector),
    type: (selector, text) => page.fill(selector, text),
    press: (key) => page.keyboard.press(key),
    close: () => page.context().close(),
  };
}
