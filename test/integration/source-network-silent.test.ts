import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { createSourceFactory } from '../../src/source/source-factory.js';
import { freePort } from '../support/free-port.js';
import { openingError } from '../support/read-source.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  while (closers.length > 0) await closers.pop()?.();
});

/** A server that takes connections and never says a word. */
async function silentServer(onConnection: () => void = () => undefined): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onConnection();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** As {@link silentServer}, for datagrams. */
async function silentUdpServer(onDatagram: () => void): Promise<number> {
  const socket = createSocket('udp4').on('message', onDatagram);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => void socket.close());
  return socket.address().port;
}

describe('servers that do not answer', () => {
  it.each(['rtsp', 'http', 'rtmp', 'srt', 'tcp'])('gives up on %s', async (scheme) => {
    const port = await silentServer();
    const url = `${scheme}://user:secret@127.0.0.1:${port}/live`;
    const error = await openingError(url, { openTimeoutMs: 300 });
    expect(error).toMatchObject({ code: 'timed-out', retryable: true });
    expect(String(error)).not.toContain('secret');
  });

  it.each(['rtsp', 'http', 'rtmp', 'srt'])('stops at once opening %s', async (scheme) => {
    const abort = new AbortController();
    const reason = new Error('nobody watches');
    const silent = scheme === 'srt' ? silentUdpServer : silentServer;
    const port = await silent(() => abort.abort(reason));
    const url = `${scheme}://127.0.0.1:${port}/live`;
    const source = createSourceFactory(url, { logger: silentLogger }).create();
    await expect(source.start?.({ signal: abort.signal })).rejects.toBe(reason);
    await source.stop();
  });

  it('stops at once opening udp', async () => {
    const url = `udp://127.0.0.1:${await silentServer()}/live`;
    const source = createSourceFactory(url, { logger: silentLogger }).create();
    const reason = new Error('nobody watches');
    const abort = new AbortController();
    const started = source.start?.({ signal: abort.signal });
    // It sends nothing: only time tells that it waits.
    setTimeout(() => abort.abort(reason), 100);
    await expect(started).rejects.toBe(reason);
    await source.stop();
  });

  it('stops while it opens, without a signal', async () => {
    const url = `rtsp://127.0.0.1:${await silentServer()}/live`;
    const source = createSourceFactory(url, { logger: silentLogger }).create();
    const started = source.start?.({ signal: new AbortController().signal });
    const outcome = Promise.resolve(started).catch((error: unknown) => error);
    await source.stop();
    expect(await outcome).toMatchObject({ code: 'invalid-state' });
  });

  it.each(['rtsp', 'http', 'rtmp'])('says that %s is refused', async (scheme) => {
    const error = await openingError(`${scheme}://127.0.0.1:${await freePort()}/live`);
    expect(error).toMatchObject({ code: 'connection-refused', retryable: true });
  });

  it.each(['rtsp', 'http', 'rtmp', 'srt'])(
    'says that the host of %s is unknown',
    async (scheme) => {
      const error = await openingError(`${scheme}://no-such-host.invalid:8554/live`);
      expect(error).toMatchObject({ code: 'host-not-found', retryable: true });
    },
  );
});
