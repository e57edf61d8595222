import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { requirePeer } from './peer-programs.js';

/** The system's Chromium with a camera and a microphone that are none; silent otherwise. `close()` it. */
export function launchMediaChromium(options: { args?: string[] } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: requirePeer('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...(options.args ?? []),
    ],
  });
}
