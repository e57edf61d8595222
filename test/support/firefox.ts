import puppeteer from 'puppeteer-core';
import type { Page } from 'puppeteer-core';
import { recordPeerConnections } from './browser.js';
import type { TestBrowser, TestPage } from './browser.js';
import { requirePeer } from './peer-programs.js';

const extraPrefsFirefox = {
  // A user's first click on a page is what allows it to play; muted video needs none.
  'media.autoplay.default': 0,
  // Peers on loopback are our only peers here; a user's server is on another address.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // Nothing but the server under test may be asked.
  'app.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'media.gmp-provider.enabled': false,
  // A camera and a microphone of Firefox' own, once a page asks; nobody is asked.
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
};

/** Starts the system's Firefox, or the one at `FIREFOX_PATH`; `close()` it. */
export async function launchFirefox(): Promise<TestBrowser> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: requirePeer('firefox'),
    extraPrefsFirefox,
  });
  return {
    name: 'Firefox',
    newPage: async () => {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      await page.evaluateOnNewDocument(recordPeerConnections);
      return wrapPage(page, () => context.close());
    },
    close: () => browser.close(),
  };
}

function wrapPage(page: Page, close: () => Promise<void>): TestPage {
  const problems: string[] = [];
  const requests: TestPage['requests'] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
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
      await page.screenshot({ path: `${path.replace(/\.png$/, '')}.png` });
    },
    setViewport: (size) => page.setViewport(size),
    click: (selector) => page.click(selector),
    type: (selector, text) => page.type(selector, text),
    press: (key) => page.keyboard.press(key as never),
    close,
  };
}
