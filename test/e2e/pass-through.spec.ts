import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClip } from '../fixtures/make.js';
import type { ClipOptions } from '../fixtures/make.js';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';

describe('a file that goes out as it is', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each([
    ['H.264, high profile', { profile: 'high' }, 'video/H264'],
    ['H.264, baseline profile', { profile: 'baseline' }, 'video/H264'],
    ['VP8', { codec: 'vp8', container: 'webm' }, 'video/VP8'],
    ['VP9', { codec: 'vp9', container: 'webm' }, 'video/VP9'],
    ['AV1', { codec: 'av1', container: 'mkv' }, 'video/AV1'],
  ] as [string, ClipOptions, string][])('plays in Chromium: %s', async (_name, clip, codec) => {
    const file = await makeClip({ ...clip, size: [640, 360], seconds: 3, gop: 30, audio: true });
    const server = await startFramegear(await temporaryFolder(), file, '--loop');
    const page = await openPage(browser, server.url);
    expect(await expectPlaying(page)).toMatchObject({ width: 640, height: 360, codec });
    expect(server.output).toContain('goes out untouched');
    expect(page.problems).toEqual([]);
  });
});
