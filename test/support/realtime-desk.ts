import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AudioData } from '../../src/media/audio-data.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { StreamCore } from '../../src/realtime/core/stream-core.js';
import type { StreamCoreOptions } from '../../src/realtime/core/stream-options.js';
import {
  AudioVideoStreamHandler,
  StreamHandler,
} from '../../src/realtime/handlers/stream-handler.js';
import { createOfferDesk } from '../../src/realtime/webrtc/create-offer-desk.js';
import type { OfferDesk } from '../../src/realtime/webrtc/offer-desk.js';
import type { WebRtcOptions } from '../../src/realtime/webrtc/webrtc-options.js';
import type { PostBody } from './realtime-client.js';

/** A stream with its desk and nothing else. */
export interface DeskStream {
  readonly core: StreamCore;
  readonly desk: OfferDesk;
  /** Posts without HTTP. */
  readonly post: PostBody;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a stream that is reached over its desk. */
export function openDesk(options: StreamCoreOptions & WebRtcOptions): DeskStream {
  const core = new StreamCore(options);
  const desk = createOfferDesk({ ...options, port: core });
  const post: PostBody = async (body) => (await desk.handle(body, { headers: {} })).body;
  return { core, desk, post, [Symbol.asyncDispose]: () => core.close() };
}

/** Puts a desk on a port of its own: `url` is `/webrtc/offer`. */
export async function serveDesk(desk: OfferDesk): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => desk.handle(JSON.parse(body), { headers: request.headers }))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/webrtc/offer`, close };
}

/** Posts to a desk on a port. */
export function postTo(url: string): PostBody {
  return async (body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };
}

/** Says what it hears. */
export class EchoHandler extends StreamHandler {
  readonly #heard: AudioData[] = [];

  copy(): EchoHandler {
    const { expectedLayout, inputSampleRate, inputFrameSize, outputSampleRate } = this;
    return new EchoHandler({ expectedLayout, inputSampleRate, inputFrameSize, outputSampleRate });
  }

  receive(frame: AudioData): void {
    this.#heard.push(frame);
    if (this.#heard.length > 50) this.#heard.shift();
  }

  emit(): AudioData | null {
    return this.#heard.shift() ?? null;
  }
}

/** Says what it hears and shows what it sees. */
export class EchoBothHandler extends AudioVideoStreamHandler {
  #heard: AudioData[] = [];
  #seen: VideoFrame | null = null;

  copy(): EchoBothHandler {
    return new EchoBothHandler({ outputSampleRate: this.outputSampleRate });
  }

  receive(frame: AudioData): void {
    this.#heard = [...this.#heard.slice(-50), frame];
  }

  emit(): AudioData | null {
    return this.#heard.shift() ?? null;
  }

  videoReceive(frame: VideoFrame): void {
    this.#seen?.close();
    this.#seen = frame;
  }

  videoEmit(): VideoFrame | null {
    const frame = this.#seen;
    this.#seen = null;
    return frame;
  }

  override shutdown(): void {
    this.#seen?.close();
  }
}

/** The picture turned about its upright axis and without colour. */
export function flipAndGray(frame: VideoFrame): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'GRAY8' });
  frame.close();
  for (let row = 0; row < codedHeight; row++) {
    pixels.subarray(row * codedWidth, (row + 1) * codedWidth).reverse();
  }
  return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth, codedHeight, timestamp });
}
