import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../../logger.js';
import type { OutputEvent } from '../../realtime/core/output-log.js';
import { sleep } from '../../util/sleep.js';
import type { Access } from './access.js';
import { fieldFault } from './json-body.js';
import type { OpenReaders } from './open-readers.js';
import { answerDetail, answerFailed } from './respond.js';
import type { StreamHost } from './stream-host.js';

/** Proxies cut what is silent; 30 s and 60 s are usual. */
const heartbeatMs = 15_000;
/** Pages ask for outputs beside their first message on a WebSocket: an id may be known a moment later. */
const patienceMs = 1000;
const patienceStepMs = 50;
/** How long the end of the events may take to reach the client. */
const goodbyeMs = 5000;

/** `GET /outputs?webrtc_id=`: a connection's outputs as server-sent events, to its end. */
export function outputsHandler(
  host: StreamHost,
  access: Access,
  readers: OpenReaders,
): RequestHandler {
  return async (request, response) => {
    const id = request.query['webrtc_id'];
    if (typeof id !== 'string' || id === '') {
      answerDetail(response, 422, [
        fieldFault('query', 'webrtc_id', id === '' ? undefined : id, null),
      ]);
      return;
    }
    if (!(await access.admits(request, response, 'outputs', id))) return;
    const signal = readers.add(response);
    if (!(await becomesKnown(id, host, signal)) || !access.mayUse(id, request)) {
      if (host.closing.aborted) answerFailed(response, 'stream_closed', 503);
      else answerFailed(response, 'unknown_connection', 404);
      return;
    }
    const after = readLastEventId(request);
    const hasMore = host.port.find(id) !== undefined || (await hasLeft(id, after, host));
    // 204 tells an EventSource to stop coming back.
    if (!hasMore) {
      response.status(204).set('Cache-Control', 'no-store').end();
      return;
    }
    const events = host.readOutputs(id, after, signal);
    if (events === null) answerFailed(response, 'unknown_connection', 404);
    else await stream(response, request.method === 'HEAD' ? null : events, host.logger);
  };
}

async function becomesKnown(id: string, host: StreamHost, signal: AbortSignal): Promise<boolean> {
  const { port } = host;
  const deadline = performance.now() + patienceMs;
  while (port.find(id) === undefined && !port.hasEnded(id)) {
    if (performance.now() >= deadline || signal.aborted) return false;
    await sleep(patienceStepMs, signal);
  }
  return true;
}

/** Whether a connection that has ended has outputs behind number `after`. */
async function hasLeft(id: string, after: number, host: StreamHost): Promise<boolean> {
  const events = host.readOutputs(id, after, new AbortController().signal);
  if (events === null) return false;
  const reader = events[Symbol.asyncIterator]();
  const { done } = await reader.next();
  await reader.return?.();
  return done !== true;
}

/** Sent by an EventSource that comes back. */
function readLastEventId(request: Request): number {
  const number = Number(request.get('last-event-id') ?? '');
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/**
 * Writes events as fast as the client reads: what it has not taken waits in the connection, where the oldest go.
 *
 * @param events - `null`: the head alone.
 */
async function stream(
  response: Response,
  events: AsyncIterable<OutputEvent> | null,
  logger: Logger,
): Promise<void> {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // Proxies such as nginx would collect what is small.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  if (events === null) {
    response.end();
    return;
  }
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) write(response, ': still here\n\n');
  }, heartbeatMs);
  response.socket?.setTimeout(0);
  try {
    write(response, ': outputs\n\n');
    for await (const { id, outputs } of events) {
      const text = textOf(outputs.args, logger);
      if (text === null) continue;
      const hasRoom = write(response, `id: ${id}\nevent: output\ndata: ${text}\n\n`);
      if (!hasRoom) await roomIn(response);
      if (response.destroyed) break;
    }
  } catch (err) {
    if (!response.destroyed) logger.error({ err }, 'outputs could not be sent');
  } finally {
    clearInterval(heartbeat);
    endSoon(response);
  }
}

function roomIn(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

/** Ends an answer, also of a client that does not read it. */
function endSoon(response: Response): void {
  if (response.destroyed) return;
  const timer = setTimeout(() => response.destroy(), goodbyeMs);
  timer.unref();
  response.once('close', () => clearTimeout(timer));
  response.end();
}

function write(response: Response, text: string): boolean {
  const hasRoom = response.write(text);
  // Of the `compression` middleware, which would wait for more.
  (response as { flush?(): void }).flush?.();
  return hasRoom;
}

/** One value as it is, several as a list. */
function textOf(args: readonly unknown[], logger: Logger): string | null {
  try {
    return JSON.stringify(args.length === 1 ? args[0] : args) ?? 'null';
  } catch (err) {
    logger.warn({ err }, 'an output cannot be written as JSON; it is left out');
    return null;
  }
}
