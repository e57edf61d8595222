import express from 'express';
import type { Express } from 'express';
import { onTestFinished } from 'vitest';
import type { WebSocket } from 'ws';
import { createServer } from 'node:http';
import type { AnyStreamOptions, StreamOptions } from '../../src/config/stream-options.js';
import { silentLogger } from '../../src/logger.js';
import { AdditionalOutputs } from '../../src/realtime/handlers/outputs.js';
import { StreamHandler } from '../../src/realtime/handlers/stream-handler.js';
import { Stream } from '../../src/stream.js';
import { closeOf, listen, openedWebSocket } from './stream-routes.js';

/** Gives back what it is told: texts as outputs, and its inputs on request. */
export class TellingHandler extends StreamHandler {
  copy(): TellingHandler {
    return new TellingHandler();
  }
  receive(): void {}
  emit(): null {
    return null;
  }
  override onMessage(message: string | Buffer): void {
    const values =
      message === 'inputs'
        ? (this.latestArgs ?? [])
        : (JSON.parse(String(message)) as readonly unknown[]);
    this.connection.addOutput(new AdditionalOutputs(...values));
  }
}

/** A stream of sound that runs a {@link TellingHandler}; closed with the test. */
export function makeStream(options: Partial<AnyStreamOptions> = {}): Stream {
  const stream = new Stream({
    handler: new TellingHandler(),
    modality: 'audio',
    concurrencyLimit: 100,
    logger: silentLogger,
    ...options,
  } as StreamOptions);
  onTestFinished(() => stream.close());
  return stream;
}

/** A stream below `path` of an application; `prepare` adds what comes before it. */
export async function serveStream(
  options: Partial<AnyStreamOptions> = {},
  { path = '', prepare }: { path?: string; prepare?: (app: Express) => void } = {},
): Promise<{ stream: Stream; app: Express; host: string; url: string }> {
  const stream = makeStream(options);
  const app = express();
  prepare?.(app);
  stream.mount(app, path);
  const host = await listen(createServer(app));
  return { stream, app, host, url: `http://${host}${path}` };
}

/** Joins over a WebSocket and waits until the connection is there. */
export async function join(
  host: string,
  id: string,
  { headers = {}, path = '' }: { headers?: Record<string, string>; path?: string } = {},
): Promise<WebSocket> {
  const socket = await openedWebSocket(`ws://${host}${path}/websocket/offer`, headers);
  const started = new Promise<string>((resolve) => {
    socket.once('message', (data: Buffer) => resolve(data.toString('utf8')));
  });
  socket.send(JSON.stringify({ event: 'start', websocket_id: id, codec: 'pcm16' }));
  const answer = JSON.parse(await started) as { type?: string };
  if (answer.type !== 'started') throw new Error(`not started: ${JSON.stringify(answer)}`);
  return socket;
}

/** Has the handler give outputs. */
export function tell(socket: WebSocket, values: readonly unknown[] | 'inputs'): void {
  socket.send(JSON.stringify({ event: 'message', data: values }));
}

/** Leaves, and waits until the server knows. */
export async function leave(socket: WebSocket, stream: Stream): Promise<void> {
  const before = stream.connections.length;
  const closed = closeOf(socket);
  socket.send('{"event":"stop"}');
  await closed;
  while (stream.connections.length >= before) await new Promise((done) => setTimeout(done, 5));
}

/** Posts JSON; gives status and body. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json');
  return {
    status: response.status,
    body: json ? JSON.parse(text) : text,
    headers: response.headers,
  };
}

/** One server-sent event. */
export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Reads `/outputs` to its end, or until `close()`. */
export class EventReader {
  readonly status: number;
  readonly headers: Headers;
  readonly events: SentEvent[] = [];
  /** Resolves at the end of the stream. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.headers = response.headers;
    this.#abort = abort;
    this.ended = this.#read(response);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    return new EventReader(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  get data(): unknown[] {
    return this.events.map(({ data }) => data);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const piece of response.body ?? []) {
        text += decoder.decode(piece as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => {
        const [name = '', ...rest] = line.split(': ');
        return [name, rest.join(': ')] as const;
      }),
    );
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({
      id: fields.get('id') ?? '',
      event: fields.get('event') ?? 'message',
      data: JSON.parse(data),
    });
  }
}
