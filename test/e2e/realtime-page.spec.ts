import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AudioData } from '../../src/media/audio-data.js';
import { AdditionalOutputs } from '../../src/realtime/handlers/outputs.js';
import { VideoStreamHandler } from '../../src/realtime/handlers/video-stream-handler.js';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { foreignRequests, textOf, videoState } from '../support/browser.js';
import { stageWithDevices } from '../support/browser-stage.js';
import { toneHertz } from '../support/fake-devices.js';
import {
  Mirror,
  VoiceEcho,
  flipAndGrey,
  plainPicture,
  plainSound,
} from '../support/stream-handlers.js';
import {
  clientState,
  expectQuarters,
  expectState,
  expectToneBack,
  isShown,
  loudestTone,
  openStreamPage,
  quartersOf,
  serveStream,
  setInputs,
  startStreamPage,
  transportOf,
} from '../support/stream-page.js';
import { tone } from '../support/tones.js';

const red = [255, 0, 0] as const;
const green = [0, 255, 0] as const;
const blue = [0, 0, 255] as const;
const white = [255, 255, 255] as const;
const colours = [red, green, blue, white];
const grey = (value: number): readonly [number, number, number] => [value, value, value];

describe("a Stream's own page, in Chromium", () => {
  const stage = stageWithDevices();

  it('asks nobody for anything before it is started, and nobody but its server ever', async () => {
    const { url, stream } = await serveStream({
      handler: (frame: VideoFrame) => frame,
      title: '<Mirror> & "more"',
    });
    const page = await openStreamPage(stage.browser, url);
    expect(await textOf(page, '#title')).toBe('<Mirror> & "more"');
    expect(await textOf(page, 'title')).toBe('<Mirror> & "more"');
    expect(await clientState(page)).toMatchObject({ state: 'closed' });
    expect(page.requests.filter(({ url: asked }) => asked.includes('/webrtc/'))).toEqual([]);
    await page.click('#start');
    await expectState(page, { state: 'open' });
    expect(await textOf(page, '#badge')).toBe('Live');
    await page.click('#stop');
    await expectState(page, { state: 'closed', code: '' });
    await expect.poll(() => stream.connections).toEqual([]);
    expect(page.problems).toEqual([]);
    expect(foreignRequests(page, url)).toEqual([]);
  });

  it('shows the camera through a handler that flips it and takes its colours', async () => {
    const { url } = await serveStream({ handler: flipAndGrey });
    const page = await startStreamPage(stage.browser, url);
    // The lightness of blue and white is now above that of red and green.
    await expectQuarters(page, '#answer', [grey(76), grey(255), grey(127), grey(220)]);
    await expectQuarters(page, '#preview', colours);
    expect(await videoState(page)).toMatchObject({ width: 320, height: 240 });
    expect(await isShown(page, '#overlay')).toBe(false);
    expect(await isShown(page, '#chat')).toBe(false);
    expect(page.problems).toEqual([]);
  });

  it('plays the microphone back, at its pitch and as loud', async () => {
    const { url } = await serveStream({
      handler: new VoiceEcho(),
      modality: 'audio',
      trackConstraints: plainSound,
    });
    const page = await startStreamPage(stage.browser, url);
    await expectToneBack(page, toneHertz);
    expect(await transportOf(page)).toBe('webrtc');
    // The page shows it: both meters are up.
    const meter = (id: string): Promise<number> =>
      page.evaluate((wanted) => {
        const element = (globalThis as unknown as PageGlobals).document.getElementById(wanted);
        return Number(element.style.getPropertyValue('--level'));
      }, id);
    await expect.poll(() => meter('microphone')).toBeGreaterThan(0.7);
    await expect.poll(() => meter('speaker')).toBeGreaterThan(0.7);
    // Muted here, it is silent there.
    await page.press('m');
    await expect
      .poll(async () => (await loudestTone(page, 'remoteStream')).decibels, { timeout: 20_000 })
      .toBeLessThan(-90);
    await page.press('m');
    await expectToneBack(page, toneHertz);
    await page.click('#speaker');
    await expect
      .poll(async () => (await loudestTone(page, 'remoteStream')).decibels, { timeout: 20_000 })
      .toBeLessThan(-90);
    expect(page.problems).toEqual([]);
  });

  it('sends and plays sound and picture together', async () => {
    const { url } = await serveStream({
      handler: new Mirror(),
      modality: 'audio-video',
      trackConstraints: { audio: plainSound, video: true },
    });
    const page = await startStreamPage(stage.browser, url);
    await expectQuarters(page, '#answer', colours);
    await expectToneBack(page, toneHertz);
    await page.press('v');
    await expectQuarters(page, '#answer', [grey(0), grey(0), grey(0), grey(0)]);
    await page.press('v');
    await expectQuarters(page, '#answer', colours);
    expect(page.problems).toEqual([]);
  });

  it('sends alone: the camera is shown, and what the handler finds', async () => {
    let pictures = 0;
    const { url } = await serveStream({
      mode: 'send',
      handler: (frame: VideoFrame) => {
        frame.close();
        pictures += 1;
        return pictures % 10 === 0 ? new AdditionalOutputs({ pictures }, 'seen') : null;
      },
    });
    const page = await startStreamPage(stage.browser, url);
    await expectQuarters(page, '#preview', colours);
    expect(await isShown(page, '#overlay')).toBe(false);
    await expect.poll(() => textOf(page, '#output-list'), { timeout: 20_000 }).toContain('"seen"');
    expect(await textOf(page, '#output-list')).toContain('"pictures": 10');
    expect(pictures).toBeGreaterThan(9);
    expect(page.problems).toEqual([]);
  });

  it('receives alone: pictures of a generator, without asking for a camera', async () => {
    const { url } = await serveStream({
      mode: 'receive',
      handler: new VideoStreamHandler(
        function* () {
          for (let count = 0; ; count++) yield plainPicture([200, 30, 60], count * 50_000);
        },
        { fps: 20 },
      ),
    });
    const page = await startStreamPage(stage.browser, url);
    const colour = [200, 30, 60] as const;
    await expectQuarters(page, '#answer', [colour, colour, colour, colour]);
    expect(await isShown(page, '#preview')).toBe(false);
    expect(await isShown(page, '#devices-toggle')).toBe(false);
    expect(page.problems).toEqual([]);
  });

  it.each(['webrtc', 'websocket'])('plays the sound of a generator over %s', async (transport) => {
    const hertz = 880;
    const { url } = await serveStream({
      modality: 'audio',
      mode: 'receive',
      handler: function* () {
        // whole periods, one after the other
        const samples = tone({ frequency: hertz, sampleRate: 48_000, duration: 1000 });
        for (;;) yield AudioData.from(samples, { sampleRate: 48_000, numberOfChannels: 1 });
      },
    });
    const page = await startStreamPage(stage.browser, `${url}?transport=${transport}`);
    expect(await transportOf(page)).toBe(transport);
    const isHeard = async (): Promise<boolean> => {
      const heard = await loudestTone(page, 'remoteStream');
      return Math.abs(heard.hertz - hertz) < 5 && heard.decibels > -20;
    };
    await expect.poll(isHeard, { timeout: 20_000 }).toBe(true);
    expect(await isShown(page, '#microphone')).toBe(false);
    expect(page.problems).toEqual([]);
  });

  it('changes the picture by inputs', async () => {
    const { url } = await serveStream({
      handler: (frame: VideoFrame, strength: number) => {
        const { timestamp } = frame;
        frame.close();
        return plainPicture([strength, 255 - strength, 0], timestamp);
      },
    });
    const page = await startStreamPage(stage.browser, url);
    await expectQuarters(page, '#answer', colours);
    for (const strength of [250, 20]) {
      await setInputs(page, { strength });
      const colour = [strength, 255 - strength, 0] as const;
      await expectQuarters(page, '#answer', [colour, colour, colour, colour]);
    }
    expect(page.problems).toEqual([]);
  });

  it('asks the visitor for the inputs that a handler waits for', async () => {
    const { url } = await serveStream({
      mode: 'receive',
      handler: new VideoStreamHandler(async function* (red: number, green: number) {
        for (let count = 0; ; count++) {
          yield plainPicture([red, green, 30], count * 50_000);
          await sleep(50);
        }
      }),
    });
    const page = await startStreamPage(stage.browser, url);
    await expect.poll(() => isShown(page, '#inputs'), { timeout: 20_000 }).toBe(true);
    await page.type('#inputs-text', '{ "red": 240, "green": 90 }');
    await page.click('#inputs .action');
    const colour = [240, 90, 30] as const;
    await expectQuarters(page, '#answer', [colour, colour, colour, colour]);
    expect(page.problems).toEqual([]);
  });

  it('works under a prefix, beside other streams', async () => {
    const { default: express } = await import('express');
    const { createServer } = await import('node:http');
    const { Stream } = await import('../../src/stream.js');
    const { listen } = await import('../support/stream-routes.js');
    const app = express();
    const grey1 = new Stream({ handler: flipAndGrey, title: 'One' });
    const voice = new Stream({ handler: new VoiceEcho(), modality: 'audio', title: 'Two' });
    grey1.mount(app, '/a/one');
    voice.mount(app, '/two');
    const host = await listen(createServer(app));
    const one = await openStreamPage(stage.browser, `http://${host}/a/one`);
    const two = await openStreamPage(stage.browser, `http://${host}/two/`);
    await one.click('#start');
    await two.click('#start');
    await expectState(one, { state: 'open' });
    await expectState(two, { state: 'open' });
    await expect.poll(() => quartersOf(one, '#answer')).toHaveLength(4);
    expect(await textOf(two, '#title')).toBe('Two');
    await Promise.all([grey1.close(), voice.close()]);
    // the application lives on, and might get new ones
    await expectState(one, { state: 'reconnecting', code: 'closed-by-server' });
    expect([...one.problems, ...two.problems]).toEqual([]);
  });
});

interface PageGlobals {
  document: {
    getElementById(id: string): { style: { getPropertyValue(name: string): string } };
  };
}
