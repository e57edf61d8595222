import { describe, expect, it } from 'vitest';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { Warning } from '../../src/realtime/handlers/context.js';
import { CloseStream } from '../../src/realtime/handlers/outputs.js';
import { WebRTCError } from '../../src/realtime/handlers/webrtc-error.js';
import { textOf, videoState } from '../support/browser.js';
import type { TestBrowser, TestPage } from '../support/browser.js';
import { stageWithDevices } from '../support/browser-stage.js';
import { fakeDevices, launchChromium } from '../support/chromium.js';
import { serveDeafStream } from '../support/deaf-stream.js';
import { toneHertz } from '../support/fake-devices.js';
import { Mirror, VoiceEcho, plainPicture, plainSound } from '../support/stream-handlers.js';
import {
  clientState,
  expectQuarters,
  expectState,
  expectToneBack,
  isShown,
  loudestTone,
  openStreamPage,
  serveStream,
  startStreamPage,
  transportOf,
} from '../support/stream-page.js';

const mirror = (frame: VideoFrame): VideoFrame => frame;

function toastsOf(page: TestPage): Promise<string> {
  return textOf(page, '#toasts');
}

describe("what goes wrong on a Stream's own page", () => {
  const stage = stageWithDevices();

  it('says how many places there are when none is left, and starts once one is', async () => {
    const { url } = await serveStream({ handler: mirror });
    const first = await startStreamPage(stage.browser, url);
    const second = await openStreamPage(stage.browser, url);
    await second.click('#start');
    await expectState(second, { state: 'failed', code: 'limit-reached' });
    expect(await textOf(second, '#overlay-title')).toBe('No place left');
    expect(await textOf(second, '#overlay-reason')).toContain('The only place is taken');
    expect(await textOf(second, '#start')).toBe('Try again');
    await first.click('#stop');
    await expectState(first, { state: 'closed' });
    await second.click('#start');
    await expectState(second, { state: 'open' });
  });

  it('shows how much time is left, and that it is up', async () => {
    const { url } = await serveStream({ handler: mirror, timeLimitMs: 4000 });
    const page = await startStreamPage(stage.browser, url);
    expect(await isShown(page, '#time')).toBe(true);
    expect(await textOf(page, '#time-text')).toMatch(/^0:0[1-4]$/);
    await expectState(page, { state: 'closed', code: 'time-limit' });
    expect(await textOf(page, '#overlay-reason')).toContain('4 seconds');
    expect(await isShown(page, '#time')).toBe(false);
  });

  it('shows the error of a handler and goes on with its next picture', async () => {
    let count = 0;
    const { url } = await serveStream({
      handler: (frame: VideoFrame) => {
        const { timestamp } = frame;
        frame.close();
        count += 1;
        if (count === 20) Warning('It is getting dark.');
        if (count === 30) throw new WebRTCError('The detector is out of memory.');
        return plainPicture(count > 30 ? [20, 200, 20] : [200, 20, 20], timestamp);
      },
    });
    const page = await startStreamPage(stage.browser, url);
    await expect
      .poll(() => toastsOf(page), { timeout: 20_000 })
      .toContain('The detector is out of memory.');
    expect(await toastsOf(page)).toContain('It is getting dark.');
    const green = [20, 200, 20] as const;
    await expectQuarters(page, '#answer', [green, green, green, green]);
    expect(await clientState(page)).toMatchObject({ state: 'open' });
  });

  it('tells the error that ended the connection', async () => {
    const { url } = await serveStream({
      onError: 'close',
      handler: (frame: VideoFrame) => {
        frame.close();
        throw new WebRTCError('Broken for good.');
      },
    });
    const page = await openStreamPage(stage.browser, url);
    await page.click('#start');
    await expectState(page, { state: 'failed', code: 'handler-error', reason: 'Broken for good.' });
    expect(await textOf(page, '#overlay-reason')).toBe('Broken for good.');
  });

  it('shows what a handler says when it ends the stream', async () => {
    let count = 0;
    const { url } = await serveStream({
      handler: (frame: VideoFrame) => {
        count += 1;
        return count < 15 ? frame : [frame, new CloseStream('That was all.')];
      },
    });
    const page = await openStreamPage(stage.browser, url);
    await page.click('#start');
    await expectState(page, { state: 'closed', code: 'end-stream', reason: 'That was all.' });
    expect(await toastsOf(page)).toContain('That was all.');
    expect(await textOf(page, '#badge')).toBe('Ended');
    expect(await textOf(page, '#start')).toBe('Start again');
  });

  it('chats: opens the connection, shows the answer as it grows, waits, stops, and ends', async () => {
    const { url } = await serveStream({ handler: new VoiceEcho(), modality: 'audio' });
    const page = await openStreamPage(stage.browser, url);
    await page.type('#text', 'hello');
    await page.press('Enter');
    await expectState(page, { state: 'open' });
    await expect.poll(() => textOf(page, '.message-answer')).toContain('You wrote: hello');
    expect(await textOf(page, '.message-you')).toContain('hello');
    expect(await isShown(page, '#pending')).toBe(false);
    await expect.poll(() => isShown(page, '#send')).toBe(true);
    await page.type('#text', 'think');
    await page.click('#send');
    await expect.poll(() => isShown(page, '#pending')).toBe(true);
    await page.click('#stop-chat');
    await expect.poll(() => textOf(page, '#messages')).toContain('Stopped.');
    await page.type('#text', 'bye');
    await page.click('#send');
    await expectState(page, { state: 'closed', code: 'end-stream', reason: 'Good bye.' });
    expect(await isShown(page, '#pending')).toBe(false);
    expect(page.problems).toEqual([]);
  });

  it('says that the server is gone', async () => {
    const { url, stream } = await serveStream({ handler: mirror });
    const page = await openStreamPage(stage.browser, url);
    await stream.close();
    await page.click('#start');
    await expectState(page, { state: 'failed', code: 'unreachable' });
    expect(await textOf(page, '#overlay-reason')).toContain('cannot be reached');
  });

  it('takes a WebSocket where WebRTC gets no way through, and comes back after a loss', async () => {
    const { url, stream, cutSockets } = await serveDeafStream({
      handler: new VoiceEcho(),
      modality: 'audio',
      trackConstraints: plainSound,
    });
    const page = await openStreamPage(stage.browser, url);
    await page.click('#start');
    await expect.poll(() => toastsOf(page), { timeout: 20_000 }).toContain('VPN');
    await expectState(page, { state: 'open' });
    expect(await toastsOf(page)).toContain('over a WebSocket instead');
    expect(await transportOf(page)).toBe('websocket');
    await expectToneBack(page, toneHertz);
    await page.type('#text', 'hello');
    await page.press('Enter');
    await expect.poll(() => textOf(page, '.message-answer')).toContain('You wrote: hello');
    const [before] = stream.connections;
    cutSockets();
    await expectState(page, { state: 'reconnecting', code: 'connection-lost' });
    await expectState(page, { state: 'open' });
    await expectToneBack(page, toneHertz);
    const [after] = stream.connections;
    expect(after?.id).toBe(before?.id);
    expect(after?.since).not.toEqual(before?.since);
    await page.click('#stop');
    await expect.poll(() => stream.connections).toEqual([]);
  });

  it('says that a picture gets no way through', async () => {
    const { url } = await serveDeafStream({ handler: mirror });
    const page = await openStreamPage(stage.browser, url);
    await page.click('#start');
    await expectState(page, { state: 'failed', code: 'ice-failed' });
    expect(await textOf(page, '#overlay-reason')).toContain('firewall or a VPN');
  });
});

describe("devices on a Stream's own page", () => {
  async function withBrowser(
    args: readonly string[],
    use: (browser: TestBrowser) => Promise<void>,
  ): Promise<void> {
    const browser = await launchChromium(args);
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  }

  it('changes camera and microphone while the connection goes on', async () => {
    await withBrowser(fakeDevices, async (browser) => {
      const { url } = await serveStream({ handler: new Mirror(), modality: 'audio-video' });
      const page = await startStreamPage(browser, url);
      await page.click('#devices-toggle');
      expect(await labelsOf(page)).toEqual(['Fake Default Audio Input', 'fake_device_0']);
      const [cameras, microphones] = ['#camera-choice', '#microphone-choice'] as const;
      expect(await choose(page, cameras, 'fake_device_2')).toHaveLength(3);
      await expect.poll(() => labelsOf(page)).toContain('fake_device_2');
      const { framesDecoded } = await videoState(page);
      await expect
        .poll(async () => (await videoState(page)).framesDecoded, { timeout: 20_000 })
        .toBeGreaterThan(framesDecoded + 15);
      await choose(page, microphones, 'Fake Audio Input 2');
      await expect.poll(() => labelsOf(page)).toEqual(['Fake Audio Input 2', 'fake_device_2']);
      await expect
        .poll(async () => (await loudestTone(page, 'remoteStream')).decibels, { timeout: 20_000 })
        .toBeGreaterThan(-60);
      expect(await clientState(page)).toMatchObject({ state: 'open' });
      expect(page.problems).toEqual([]);
    });
  });

  it('takes a camera that cannot do what is demanded, and another one when it is unplugged', async () => {
    await withBrowser(fakeDevices, async (browser) => {
      const { url } = await serveStream({
        handler: mirror,
        trackConstraints: {
          width: { exact: 321 },
          height: { exact: 241 },
          frameRate: { min: 500 },
        },
      });
      const page = await startStreamPage(browser, url);
      await page.evaluate(() => {
        const { framegearClient } = globalThis as unknown as PageGlobals;
        for (const track of framegearClient.localStream.getTracks()) {
          track.dispatchEvent(new Event('ended'));
        }
      });
      await expect
        .poll(() => toastsOf(page))
        .toContain('The camera is gone. Another one is in use');
      const { framesDecoded } = await videoState(page);
      await expect
        .poll(async () => (await videoState(page)).framesDecoded, { timeout: 20_000 })
        .toBeGreaterThan(framesDecoded + 15);
      expect(page.problems).toEqual([]);
    });
  });

  it('says that the camera is not allowed, and releases the place', async () => {
    await withBrowser(
      ['--use-fake-device-for-media-stream', '--deny-permission-prompts'],
      async (browser) => {
        const { url, stream } = await serveStream({ handler: mirror });
        const page = await openStreamPage(browser, url);
        await page.click('#start');
        await expectState(page, { state: 'failed', code: 'permission-denied' });
        expect(await textOf(page, '#overlay-title')).toBe('Not allowed');
        expect(await textOf(page, '#overlay-reason')).toContain('may not use the camera');
        expect(stream.connections).toEqual([]);
      },
    );
  });

  it('says that there is no camera', async () => {
    await withBrowser(['--use-fake-ui-for-media-stream'], async (browser) => {
      const { url } = await serveStream({ handler: mirror });
      const page = await openStreamPage(browser, url);
      await page.click('#start');
      await expectState(page, { state: 'failed', code: 'no-device' });
      expect(await textOf(page, '#overlay-reason')).toContain('No camera was found');
    });
  });

  it('joins without camera and microphone where sound and text go both ways', async () => {
    await withBrowser(['--use-fake-ui-for-media-stream'], async (browser) => {
      const { url, stream } = await serveStream({ handler: new Mirror(), modality: 'audio-video' });
      const page = await startStreamPage(browser, url);
      expect(await toastsOf(page)).toContain('No camera was found');
      expect(await toastsOf(page)).toContain('No microphone was found');
      expect(await isShown(page, '#preview')).toBe(false);
      await page.type('#text', 'hello');
      await page.press('Enter');
      await expect.poll(() => textOf(page, '.message-answer')).toContain('You wrote: hello');
      expect(stream.connections).toHaveLength(1);
      expect(page.problems).toEqual([]);
    });
  });
});

interface PageGlobals {
  document: {
    querySelector(selector: string): {
      value: string;
      options: { text: string; value: string }[];
      dispatchEvent(event: Event): void;
    };
  };
  framegearClient: {
    localStream: { getTracks(): { label: string; dispatchEvent(event: Event): void }[] };
  };
}

/** Chooses from one of the page's lists, as a visitor does; gives all that could be chosen. */
function choose(page: TestPage, selector: string, text: string): Promise<string[]> {
  return page.evaluate(
    (wanted) => {
      const { document } = globalThis as unknown as PageGlobals;
      const select = document.querySelector(wanted.selector);
      const options = [...select.options];
      select.value = options.find((option) => option.text === wanted.text)?.value ?? '';
      select.dispatchEvent(new Event('change'));
      return options.map((option) => option.text);
    },
    { selector, text },
  );
}

/** The devices that are in use: microphone, then camera. */
function labelsOf(page: TestPage): Promise<string[]> {
  return page.evaluate(() => {
    const { framegearClient } = globalThis as unknown as PageGlobals;
    const labels = framegearClient.localStream.getTracks().map(({ label }) => label);
    return labels.sort();
  });
}
