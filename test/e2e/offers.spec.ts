import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBrowser, TestPage } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { launchFirefox } from '../support/firefox.js';

// What the page has and Node has not; see browser.ts.
interface PeerConnection {
  connectionState: string;
  iceGatheringState: string;
  localDescription: { type: string; sdp: string };
  addTransceiver(kind: string, init: { direction: string }): void;
  createDataChannel(label: string): void;
  setLocalDescription(): Promise<void>;
  setRemoteDescription(description: unknown): Promise<void>;
  getStats(): Promise<Map<string, { type: string; framesDecoded?: number }>>;
  close(): void;
  onicegatheringstatechange: () => void;
}
declare const window: {
  RTCPeerConnection: new (configuration: { bundlePolicy: string }) => PeerConnection;
  testPeers: PeerConnection[];
};

/** Sections in every order, as they may stand in the offer of a page that is not ours. */
const orders = ['av', 'va', 'avd', 'dav', 'aavvd', 'vvda'];

/** Offers the sections named, each a letter, and takes the answer. */
function offer(page: TestPage, sections: string, bundlePolicy: string): Promise<void> {
  return page.evaluate(
    async (wanted) => {
      const peer = new window.RTCPeerConnection({ bundlePolicy: wanted.bundlePolicy });
      for (const section of wanted.sections) {
        if (section === 'd') peer.createDataChannel('x');
        else peer.addTransceiver(section === 'a' ? 'audio' : 'video', { direction: 'recvonly' });
      }
      await peer.setLocalDescription();
      await new Promise<void>((resolve) => {
        peer.onicegatheringstatechange = () => {
          if (peer.iceGatheringState === 'complete') resolve();
        };
        peer.onicegatheringstatechange();
      });
      const response = await fetch('/offer', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(peer.localDescription),
      });
      await peer.setRemoteDescription(await response.json());
    },
    { sections, bundlePolicy },
  );
}

/** Pictures that the newest connection has decoded. */
function framesDecoded(page: TestPage): Promise<number> {
  return page.evaluate(async () => {
    const stats = await window.testPeers.at(-1)?.getStats();
    return [...(stats?.values() ?? [])].reduce((sum, entry) => sum + (entry.framesDecoded ?? 0), 0);
  });
}

describe.each([
  { name: 'Chromium', launch: launchChromium },
  { name: 'Firefox', launch: launchFirefox },
])('a page of its own in $name', ({ launch }) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it.each(['max-bundle', 'balanced'])('plays in all orders of sections, %s', async (policy) => {
    const server = await startFramegear(await temporaryFolder());
    // Any document of the server, only not its page, which plays by itself.
    const page = await openPage(browser, new URL('/static/css/custom.css', server.url).href);
    for (const order of orders) {
      await offer(page, order, policy);
      await expect
        .poll(() => framesDecoded(page), { timeout: 20_000, message: order })
        .toBeGreaterThan(5);
      await page.evaluate(() => window.testPeers.at(-1)?.close());
    }
  });
});
