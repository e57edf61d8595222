import { describe, expect, it, onTestFinished } from 'vitest';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { WebRTCError } from '../../src/realtime/handlers/webrtc-error.js';
import { Stream } from '../../src/stream.js';
import { textOf } from '../support/browser.js';
import { stageWithDevices } from '../support/browser-stage.js';
import { toneHertz } from '../support/fake-devices.js';
import { VoiceEcho, plainPicture, plainSound } from '../support/stream-handlers.js';
import {
  expectQuarters,
  expectState,
  expectToneBack,
  idOf,
  serveStream,
  startStreamPage,
  transportOf,
} from '../support/stream-page.js';
import type { Colour } from '../support/stream-page.js';

type Options = ConstructorParameters<typeof Stream>[0];

/** A stream that shows one colour, whatever the camera sees. */
function painter(colour: Colour): (frame: VideoFrame) => VideoFrame {
  return (frame) => {
    const { timestamp } = frame;
    frame.close();
    return plainPicture(colour, timestamp);
  };
}

/** Serves again where another stream has been, as its program does when it is started anew. */
async function serveAgain(url: string, options: Options): Promise<Stream> {
  const stream = new Stream(options);
  onTestFinished(() => stream.close());
  await stream.listen({ port: Number(new URL(url).port), host: '127.0.0.1' });
  return stream;
}

const red = [200, 30, 30] as const;
const green = [30, 160, 40] as const;

describe("a Stream's own page, when the server is started again", () => {
  const stage = stageWithDevices();

  it('comes back by itself over WebRTC', async () => {
    const { url, stream } = await serveStream({ handler: painter(red) });
    const page = await startStreamPage(stage.browser, url);
    await expectQuarters(page, '#answer', [red, red, red, red]);
    const id = await idOf(page);
    await stream.close();
    await expectState(page, { state: 'reconnecting' });
    expect(await textOf(page, '#badge')).toBe('Reconnecting');
    expect(await textOf(page, '#overlay-title')).toBe('Reconnecting');
    expect(await textOf(page, '#overlay-reason')).toContain('server');
    const next = await serveAgain(url, { handler: painter(green) });
    await expectState(page, { state: 'open', code: '' });
    await expectQuarters(page, '#answer', [green, green, green, green]);
    expect(next.connections.map((connection) => connection.id)).toEqual([id]);
    await page.click('#stop');
    await expectState(page, { state: 'closed', code: '' });
  });

  it('comes back by itself over a WebSocket', async () => {
    const options: Options = {
      handler: new VoiceEcho(),
      modality: 'audio',
      trackConstraints: plainSound,
    };
    const { url, stream } = await serveStream(options);
    const page = await startStreamPage(stage.browser, `${url}?transport=websocket`);
    await expectToneBack(page, toneHertz);
    await stream.close();
    await expectState(page, { state: 'reconnecting' });
    await serveAgain(url, options);
    await expectState(page, { state: 'open' });
    expect(await transportOf(page)).toBe('websocket');
    await expectToneBack(page, toneHertz);
  });

  it('does not take it for the end that an error of the handler just before would mean', async () => {
    const { url, stream } = await serveStream({
      handler: (frame: VideoFrame) => {
        frame.close();
        throw new WebRTCError('Not yet.');
      },
    });
    const page = await startStreamPage(stage.browser, url);
    await expect.poll(() => textOf(page, '#toasts')).toContain('Not yet.');
    await stream.close();
    await expectState(page, { state: 'reconnecting' });
    await serveAgain(url, { handler: painter(green) });
    await expectState(page, { state: 'open' });
    await expectQuarters(page, '#answer', [green, green, green, green]);
  });
});
