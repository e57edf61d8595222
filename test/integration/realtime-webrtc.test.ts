import { describe, expect, it, vi } from 'vitest';
import { AudioData } from '../../src/media/audio-data.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { VideoStreamHandler } from '../../src/realtime/handlers/video-stream-handler.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { colorAt, loudnessAt } from '../support/received-media.js';
import { EchoBothHandler, EchoHandler, flipAndGray, openDesk } from '../support/realtime-desk.js';

/** A second of a tone has come back, at the level it was sent at. */
async function expectTone(client: RealtimeClient, frequency = 440): Promise<void> {
  await client.waitFor(() => loudnessAt(client.sound, frequency) > 7000, 'the tone');
  expect(loudnessAt(client.sound, frequency)).toBeLessThan(9300);
  expect(loudnessAt(client.sound, frequency * 1.5)).toBeLessThan(400);
}

/** Left red, right blue; both dark in gray, red the lighter one. */
const redGray = 0.299 * 220;
const blueGray = 0.114 * 220;

async function expectFlippedGray(client: RealtimeClient): Promise<void> {
  await client.waitFor(() => client.pictures >= 20, '20 pictures');
  const picture = client.lastPicture!;
  const [left, right] = [colorAt(picture, 0.25, 0.5), colorAt(picture, 0.75, 0.5)];
  for (const value of left) expect(Math.abs(value - blueGray)).toBeLessThan(8);
  for (const value of right) expect(Math.abs(value - redGray)).toBeLessThan(8);
}

describe('a stream over WebRTC', () => {
  it.each([
    ['mono at 24 kHz', {}],
    ['mono at 48 kHz', { outputSampleRate: 48_000 }],
    ['stereo at 16 kHz', { inputSampleRate: 16_000, expectedLayout: 'stereo' as const }],
  ])('echoes sound, %s', async (_name, handlerOptions) => {
    await using stream = openDesk({ handler: new EchoHandler(handlerOptions), modality: 'audio' });
    await using client = await RealtimeClient.connect(stream.post, { audio: 'sendrecv' });
    await expectTone(client);
  });

  it.each(['vp8', 'h264', 'vp9'] as const)('gives pictures in %s back, edited', async (codec) => {
    await using stream = openDesk({ handler: flipAndGray });
    await using client = await RealtimeClient.connect(stream.post, { video: 'sendrecv', codec });
    await expectFlippedGray(client);
    expect(client.lastPicture).toMatchObject({ width: 320, height: 240 });
  });

  it('echoes sound and pictures together', async () => {
    await using stream = openDesk({ handler: new EchoBothHandler(), modality: 'audio-video' });
    const both = { audio: 'sendrecv', video: 'sendrecv' } as const;
    await using client = await RealtimeClient.connect(stream.post, both);
    await expectTone(client);
    await client.waitFor(() => client.pictures >= 20, 'pictures');
    const [red, , blue] = colorAt(client.lastPicture!, 0.25, 0.5);
    expect([red > 150, blue < 60]).toEqual([true, true]);
  });

  it.each([
    ['no microphone', { video: 'sendrecv' as const }],
    ['no camera', { audio: 'sendrecv' as const }],
    ['nothing but a data channel', {}],
  ])('takes an offer with %s for sound and pictures', async (_name, media) => {
    await using stream = openDesk({ handler: new EchoBothHandler(), modality: 'audio-video' });
    await using client = await RealtimeClient.connect(stream.post, media);
    await client.waitFor(() => client.channelOpen, 'the channel');
    client.send('handshake');
    await client.waitFor(() => client.messages.length > 0, 'an answer');
    expect(client.events[0]).toEqual({ type: 'log', data: 'Server received: handshake' });
    if ('audio' in media) await expectTone(client);
    if ('video' in media) await client.waitFor(() => client.pictures >= 5, 'pictures');
  });

  it('takes pictures of a client that only sends', async () => {
    const sizes: string[] = [];
    const handler = (frame: VideoFrame): void => {
      sizes.push(`${frame.codedWidth}x${frame.codedHeight}`);
      frame.close();
    };
    await using stream = openDesk({ handler, mode: 'send' });
    await using client = await RealtimeClient.connect(stream.post, { video: 'sendonly' });
    await client.waitFor(() => sizes.length >= 10, 'pictures to arrive');
    expect(new Set(sizes)).toEqual(new Set(['320x240']));
    expect(client.pictures).toBe(0);
  });

  it('takes sound of a client that only sends', async () => {
    let heard = 0;
    class Listener extends EchoHandler {
      override copy(): Listener {
        return new Listener();
      }
      override receive(frame: AudioData): void {
        heard = Math.max(heard, ...frame.toInt16());
      }
    }
    await using stream = openDesk({ handler: new Listener(), modality: 'audio', mode: 'send' });
    await using client = await RealtimeClient.connect(stream.post, { audio: 'sendonly' });
    await client.waitFor(() => heard > 7000, 'the tone to arrive');
    expect(client.soundPackets).toBe(0);
  });

  it('shows what a generator makes, also when its size changes', async () => {
    function* pictures(): Generator<VideoFrame> {
      for (let i = 0; ; i++) {
        const codedWidth = i < 15 ? 160 : 320;
        const pixels = Buffer.alloc(codedWidth * 120, 200);
        const shape = { format: 'GRAY8', codedWidth, codedHeight: 120, timestamp: 0 } as const;
        yield VideoFrame.fromBuffer(pixels, shape);
      }
    }
    const handler = new VideoStreamHandler(pictures, { fps: 30 });
    await using stream = openDesk({ handler, mode: 'receive' });
    await using client = await RealtimeClient.connect(stream.post, { video: 'recvonly' });
    await client.waitFor(() => client.lastPicture?.width === 320, 'the other size');
    for (const value of colorAt(client.lastPicture!, 0.5, 0.5)) {
      expect(Math.abs(value - 200)).toBeLessThan(6);
    }
    expect(client.pictures).toBeGreaterThan(15);
    const before = client.keyPictures;
    // One may still be on its way: then the first request is taken to be about it.
    await vi.waitFor(
      async () => {
        await client.requestKeyFrame();
        expect(client.keyPictures).toBeGreaterThan(before);
      },
      { timeout: 10_000, interval: 100 },
    );
  });

  it('plays what a generator says', async () => {
    function* speech(): Generator<AudioData> {
      for (let piece = 0; piece < 200; piece++) {
        const samples = Int16Array.from({ length: 2400 }, (_, i) =>
          Math.round(8192 * Math.sin((2 * Math.PI * 600 * (piece * 2400 + i)) / 24_000)),
        );
        yield AudioData.from(samples, { sampleRate: 24_000 });
      }
    }
    await using stream = openDesk({ handler: speech, modality: 'audio', mode: 'receive' });
    await using client = await RealtimeClient.connect(stream.post, { audio: 'recvonly' });
    await expectTone(client, 600);
  });
});

describe('data channels', () => {
  it('are not needed', async () => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const options = { audio: 'sendrecv', channel: null } as const;
    await using client = await RealtimeClient.connect(stream.post, options);
    await expectTone(client);
  });

  it.each([
    ['last', false, 'text'],
    ['first', true, 'any label at all'],
  ])('may stand %s in the offer', async (_place, channelFirst, channel) => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const options = { audio: 'sendrecv', channel, channelFirst } as const;
    await using client = await RealtimeClient.connect(stream.post, options);
    await client.waitFor(() => client.channelOpen, 'the channel');
    client.send('handshake');
    await client.waitFor(() => client.messages.length > 0, 'an answer');
    expect(client.events[0]).toEqual({ type: 'log', data: 'Server received: handshake' });
    await expectTone(client);
  });

  it('may be opened long after the tracks, and get what was said before', async () => {
    class Greeter extends EchoHandler {
      override copy(): Greeter {
        return new Greeter();
      }
      override startUp(): void {
        this.sendMessage({ type: 'log', data: 'hello' });
      }
    }
    await using stream = openDesk({ handler: new Greeter(), modality: 'audio' });
    await using client = await RealtimeClient.connect(stream.post, { audio: 'sendrecv' });
    await client.waitFor(() => client.messages.length > 0, 'the greeting');
    expect(client.events[0]).toEqual({ type: 'log', data: 'hello' });
    await expectTone(client);
    const later = client.openChannel('later');
    await client.waitFor(() => later.readyState === 'open', 'the later channel');
    later.send('x');
    await client.waitFor(() => client.messages.some((text) => text.includes(': x')), 'its echo');
  });
});
