import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  AdditionalOutputs,
  AudioData,
  AudioVideoStreamHandler,
  Stream,
  StreamHandler,
  VideoFrame,
} from '../../src/index.js';
import type { AudioOutput, VideoOutput } from '../../src/index.js';
import type { StreamOptions } from '../../src/config/stream-options.js';
import { fakeDevices, startChromium } from '../support/chromium.js';

const fixtures = fileURLToPath(new URL('../fixtures/fastrtc', import.meta.url));
const modalities = ['audio', 'video', 'audio-video'] as const;
const modes = ['send-receive', 'send', 'receive'] as const;

/** What reached the server. */
interface Seen {
  sounds: number;
  pictures: number;
  inputs: readonly unknown[] | null;
}

/** Gives back what it gets; in mode `receive` a tone and a grey picture. */
class Mirror extends AudioVideoStreamHandler {
  readonly seen: Seen;
  readonly speaks: boolean;
  readonly #sounds: AudioData[] = [];
  #picture: VideoFrame | null = null;

  constructor(seen: Seen, speaks: boolean) {
    super();
    this.seen = seen;
    this.speaks = speaks;
  }

  copy(): Mirror {
    return new Mirror(this.seen, this.speaks);
  }

  receive(sound: AudioData): void {
    this.seen.sounds += 1;
    if (this.#sounds.length < 50) this.#sounds.push(sound);
  }

  emit(): AudioOutput {
    if (!this.speaks) return this.#sounds.shift() ?? null;
    return AudioData.from(tone(480), { sampleRate: 24_000 });
  }

  videoReceive(picture: VideoFrame): void {
    this.seen.pictures += 1;
    this.#picture?.close();
    this.#picture = picture;
  }

  videoEmit(): VideoOutput {
    if (this.speaks) return grey();
    const picture = this.#picture;
    this.#picture = null;
    return picture;
  }

  override shutdown(): void {
    this.#picture?.close();
  }
}

/** Asks for inputs, then says what it hears. */
class Parrot extends StreamHandler {
  readonly seen: Seen;
  readonly #sounds: AudioData[] = [];

  constructor(seen: Seen) {
    super({ inputSampleRate: 24_000, outputSampleRate: 24_000 });
    this.seen = seen;
  }

  copy(): Parrot {
    return new Parrot(this.seen);
  }

  override async startUp(): Promise<void> {
    this.seen.inputs = await this.waitForArgs();
    this.connection.addOutput(new AdditionalOutputs({ role: 'assistant', content: 'hi' }));
  }

  receive(sound: AudioData): void {
    this.seen.sounds += 1;
    if (this.#sounds.length < 50) this.#sounds.push(sound);
  }

  emit(): AudioOutput {
    return this.#sounds.shift() ?? null;
  }
}

function tone(samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => 8000 * Math.sin((i * Math.PI) / 24));
}

function grey(): VideoFrame {
  const size = { codedWidth: 64, codedHeight: 48 };
  return VideoFrame.fromBuffer(Buffer.alloc(64 * 48, 160), {
    ...size,
    format: 'GRAY8',
    timestamp: 0,
  });
}

function handlerFor(
  modality: StreamOptions['modality'],
  mode: (typeof modes)[number],
  seen: Seen,
): StreamOptions['handler'] {
  if (modality !== 'video') return new Mirror(seen, mode === 'receive');
  if (mode === 'receive') {
    return function* greys(): Generator<VideoFrame> {
      for (;;) yield grey();
    };
  }
  return (frame: VideoFrame) => {
    seen.pictures += 1;
    return frame;
  };
}

/** An application of a user's with the stream in it, and the client as its page. */
async function serve(options: StreamOptions): Promise<{ stream: Stream; url: string }> {
  const stream = new Stream(options);
  const app = express();
  app.get('/', (_request, response) => {
    response.type('html').send('<!doctype html><title>client</title><body>');
  });
  app.use('/client', express.static(fixtures));
  stream.mount(app);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    await stream.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { stream, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Runs the documented client in the page; what it gives stays there as `client`. */
async function run(page: Page, file: string, ...args: unknown[]): Promise<void> {
  await page.evaluate(`(async () => {
    const module = await import('/client/${file}');
    window.stop = module.stop;
    window.client = await module.connect(...${JSON.stringify(args)});
  })()`);
}

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium(fakeDevices);
});
afterAll(() => browser.close());

async function open(url: string): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

describe("FastRTC's documented clients", () => {
  const pairs = modalities.flatMap((modality) => modes.map((mode) => ({ modality, mode })));

  it.each(pairs)('connect for $modality, $mode', async ({ modality, mode }) => {
    const seen: Seen = { sounds: 0, pictures: 0, inputs: null };
    const { stream, url } = await serve({
      handler: handlerFor(modality, mode, seen),
      modality,
      mode,
    } as StreamOptions);
    const page = await open(url);
    await run(page, 'webrtc-client.js', modality, mode);
    await expect
      .poll(() => page.evaluate('client.peer.connectionState'), { timeout: 20_000 })
      .toBe('connected');
    await expect
      .poll(() => page.evaluate('client.messages[0]'), { timeout: 20_000 })
      .toBe('{"type":"log","data":"Server received: handshake"}');
    expect(await page.evaluate('Object.keys(client.answer).sort()')).toEqual(['sdp', 'type']);
    if (mode !== 'receive') {
      if (modality !== 'video')
        await expect.poll(() => seen.sounds, { timeout: 20_000 }).toBeGreaterThan(10);
      if (modality !== 'audio')
        await expect.poll(() => seen.pictures, { timeout: 20_000 }).toBeGreaterThan(10);
    }
    if (mode !== 'send') {
      const kinds = modality === 'audio-video' ? ['audio', 'video'] : [modality];
      for (const kind of kinds) {
        await expect.poll(() => received(page, kind), { timeout: 20_000 }).toBeGreaterThan(10);
      }
    }
    expect(stream.connections).toHaveLength(1);
    await page.evaluate('stop(client.peer)');
    await expect.poll(() => stream.connections.length, { timeout: 10_000 }).toBe(0);
  });

  it.each(['send', 'receive'] as const)(
    'connect as the documentation prints %s, which carries no media',
    async (mode) => {
      const seen: Seen = { sounds: 0, pictures: 0, inputs: null };
      const { stream, url } = await serve({
        handler: new Mirror(seen, true),
        modality: 'audio',
        mode,
      });
      const page = await open(url);
      await run(page, 'webrtc-client.js', 'audio', mode, { printed: true });
      await expect
        .poll(() => page.evaluate('client.messages[0]'), { timeout: 20_000 })
        .toBe('{"type":"log","data":"Server received: handshake"}');
      await page.evaluate('stop(client.peer)');
      await expect.poll(() => stream.connections.length, { timeout: 10_000 }).toBe(0);
    },
  );

  it('talk over a WebSocket: sound both ways, inputs asked for, outputs read before the start', async () => {
    const seen: Seen = { sounds: 0, pictures: 0, inputs: null };
    const { stream, url } = await serve({ handler: new Parrot(seen), modality: 'audio' });
    const page = await open(url);
    await run(page, 'websocket-client.js', 24_000);
    await expect
      .poll(() => page.evaluate('client.heard.length'), { timeout: 20_000 })
      .toBeGreaterThan(48_000);
    await expect
      .poll(() => page.evaluate('client.outputs'))
      .toEqual([{ role: 'assistant', content: 'hi' }]);
    expect(seen.inputs).toEqual([[{ role: 'user', content: 'hello' }]]);
    expect(await page.evaluate('client.messages.some(({ event }) => event === "pong")')).toBe(true);
    expect(await page.evaluate('Math.max(...client.heard)')).toBeGreaterThan(0.01);
    await page.evaluate('client.socket.send(JSON.stringify({ event: "stop" }))');
    await expect.poll(() => page.evaluate('client.socket.readyState')).toBe(3);
    await expect.poll(() => stream.connections.length, { timeout: 10_000 }).toBe(0);
  });
});

/** Pieces of that kind that the page has decoded. */
async function received(page: Page, kind: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    for (const report of (await client.peer.getStats()).values()) {
      if (report.type !== 'inbound-rtp' || report.kind !== '${kind}') continue;
      return '${kind}' === 'video' ? (report.framesDecoded ?? 0) : report.packetsReceived;
    }
    return 0;
  })()`);
}
