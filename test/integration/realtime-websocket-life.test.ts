import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { AudioData } from '../../src/media/audio-data.js';
import { AdditionalOutputs, CloseStream } from '../../src/realtime/handlers/outputs.js';
import { WebRTCError } from '../../src/realtime/handlers/webrtc-error.js';
import { maxMessageBytes } from '../../src/realtime/websocket/read-event.js';
import { SocketClient } from '../support/socket-client.js';
import { SocketServer } from '../support/socket-server.js';
import { EchoHandler, ScriptHandler, newHandlerLog } from '../support/sound-handlers.js';

const start = { event: 'start', websocket_id: 'me' };
const waiting = { timeout: 15_000 };

function silence(durationMs: number): AudioData {
  return AudioData.from(new Int16Array(24 * durationMs), { sampleRate: 24_000 });
}

describe('places', () => {
  it('are limited, and a refused socket takes none', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using first = await SocketClient.open(server.websocketUrl, start);
    await vi.waitFor(() => expect(server.core.connections).toHaveLength(1), waiting);
    using second = await SocketClient.open(server.websocketUrl, { ...start, websocket_id: 'you' });
    expect(await second.expectClosed()).toMatchObject({ code: 1000 });
    expect(second.messages).toEqual([
      { status: 'failed', meta: { error: 'concurrency_limit_reached', limit: 1 } },
    ]);
    expect(log.startUps).toBe(1);
    first.send({ event: 'stop' });
    expect(await first.expectClosed()).toMatchObject({ code: 1000 });
    using third = await SocketClient.open(server.websocketUrl, { ...start, websocket_id: 'they' });
    await vi.waitFor(() => expect(server.core.find('they')).toBeDefined(), waiting);
    expect(third.closed).toBeNull();
    expect(log.shutdowns).toBe(1);
  });

  it('are not taken over while their owner lives', async () => {
    const handler = new EchoHandler(newHandlerLog());
    await using server = await SocketServer.listen({ handler, concurrencyLimit: 5 });
    using first = await SocketClient.open(server.websocketUrl, start);
    await vi.waitFor(() => expect(server.core.find('me')).toBeDefined(), waiting);
    const connection = server.core.find('me');
    using second = await SocketClient.open(server.websocketUrl, start);
    await second.expectClosed();
    expect(second.messages).toEqual([
      { status: 'failed', meta: { error: 'connection_already_exists' } },
    ]);
    expect(server.core.find('me')).toBe(connection);
    first.sendSound(Buffer.alloc(960, 0xff));
    await first.expectMessage({ event: 'media', media: expectedSilence(480) });
  });

  it('go over when their owner is dead', async () => {
    const handler = new EchoHandler(newHandlerLog());
    await using server = await SocketServer.listen({ handler });
    using first = await SocketClient.open(server.websocketUrl, start);
    await vi.waitFor(() => expect(server.core.find('me')).toBeDefined(), waiting);
    // It neither reads nor answers any more; its TCP connection stays.
    first.socket.pause();
    using second = await SocketClient.open(server.websocketUrl, start, { event: 'ping' });
    await second.expectMessage({ event: 'pong' });
    expect(second.closed).toBeNull();
    expect(server.core.connections).toHaveLength(1);
  });

  it('are free at once when a client is killed', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    const program = fileURLToPath(new URL('../support/socket-client-process.mjs', import.meta.url));
    const client = spawn(process.execPath, [program, server.websocketUrl], { stdio: 'ignore' });
    await vi.waitFor(() => expect(server.core.connections).toHaveLength(1), waiting);
    client.kill('SIGKILL');
    await vi.waitFor(() => expect(server.core.connectionsCount).toBe(0), waiting);
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
  });

  it('are free when a client has gone silent', async () => {
    const log = newHandlerLog();
    const sockets = { pingIntervalMs: 50, silenceMs: 200 };
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) }, sockets);
    using client = await SocketClient.open(server.websocketUrl, start);
    await vi.waitFor(() => expect(server.core.connections).toHaveLength(1), waiting);
    client.socket.pause();
    await vi.waitFor(() => expect(server.core.connectionsCount).toBe(0), waiting);
    await server.accepted[0]?.closed;
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
  });

  it('are not taken by a thousand sockets that never start, which are closed', async () => {
    const handler = new EchoHandler(newHandlerLog());
    const sockets = { startTimeoutMs: 3000 };
    await using server = await SocketServer.listen({ handler }, sockets);
    const clients = await Promise.all(
      Array.from({ length: 1000 }, () => SocketClient.open(server.websocketUrl)),
    );
    using visitor = await SocketClient.open(server.websocketUrl, start);
    await vi.waitFor(() => expect(server.core.connections).toHaveLength(1), waiting);
    await vi.waitFor(
      () => expect(clients.every(({ closed }) => closed?.code === 1008)).toBe(true),
      { timeout: 20_000 },
    );
    expect(visitor.closed).toBeNull();
    expect(server.core.connectionsCount).toBe(1);
  });
});

describe('the end', () => {
  it('comes when all was played, with a message, without waiting for the client', async () => {
    const log = newHandlerLog();
    let said = false;
    const handler = new ScriptHandler(log, () => {
      if (said) return new CloseStream('That was it');
      said = true;
      return silence(300);
    });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    await client.expectMessage({ type: 'end_stream', data: 'That was it' });
    expect(client.sound.length).toBe(7200);
    expect(await client.expectClosed()).toEqual({ code: 1000, reason: 'stream-ended' });
    expect(log.shutdowns).toBe(1);
  });

  it('brings the outputs that were given before it', async () => {
    let step = 0;
    const handler = new ScriptHandler(newHandlerLog(), () => {
      step += 1;
      if (step === 1) return new AdditionalOutputs('one');
      if (step === 2) return new AdditionalOutputs({ two: 2 }, 3);
      return new CloseStream();
    });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, { ...start, outputs: true });
    await client.expectClosed();
    const outputs = client.messages.filter(({ type }) => type === 'output');
    expect(outputs.map(({ data }) => data)).toEqual(['one', [{ two: 2 }, 3]]);
    expect(client.messages.filter(({ type }) => type === 'fetch_output')).toHaveLength(2);
  });

  it('comes with the time limit', async () => {
    const log = newHandlerLog();
    const handler = new EchoHandler(log);
    await using server = await SocketServer.listen({ handler, timeLimitMs: 100 });
    using client = await SocketClient.open(server.websocketUrl, start);
    await client.expectMessage({ type: 'end_stream', data: 'Time limit reached' });
    expect(await client.expectClosed()).toMatchObject({ code: 1000 });
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
  });

  it('comes with 1001 when the server stops', async () => {
    const log = newHandlerLog();
    const server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using client = await SocketClient.open(server.websocketUrl, start);
    using idle = await SocketClient.open(server.websocketUrl);
    await vi.waitFor(() => expect(server.core.connections).toHaveLength(1), waiting);
    await server[Symbol.asyncDispose]();
    expect(await client.expectClosed()).toMatchObject({ code: 1001 });
    expect(await idle.expectClosed()).toMatchObject({ code: 1001 });
    expect(log.shutdowns).toBe(1);
  });

  it('comes with 1011 after an error of the handler, when the stream is made so', async () => {
    const log = newHandlerLog();
    const handler = new ScriptHandler(log, () => {
      throw new WebRTCError('boom');
    });
    await using server = await SocketServer.listen({ handler, onError: 'close' });
    using client = await SocketClient.open(server.websocketUrl, start);
    await client.expectMessage({ type: 'error', data: 'boom' });
    expect(await client.expectClosed()).toMatchObject({ code: 1011 });
    expect(log.shutdowns).toBe(1);
  });

  it('is told of a handler that cannot be copied', async () => {
    const handler = new EchoHandler(newHandlerLog());
    handler.copy = () => {
      throw new WebRTCError('No licence');
    };
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    await client.expectMessage({ type: 'error', data: 'No licence' });
    expect(await client.expectClosed()).toMatchObject({ code: 1011 });
    expect(server.core.connectionsCount).toBe(0);
  });

  it('does not come with an error: the next turn is heard', async () => {
    let turn = 0;
    const handler = new ScriptHandler(newHandlerLog(), () => {
      turn += 1;
      if (turn === 1) throw new Error('boom');
      return turn === 2 ? silence(20) : null;
    });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    await client.expectMessage({ type: 'error', data: 'boom' });
    await client.expectMessage({ event: 'media', media: expectedSilence(480) });
  });
});

describe('messages', () => {
  it('reach the handler, and inputs the stream', async () => {
    const log = newHandlerLog();
    const inputs: unknown[] = [];
    const handler = new ScriptHandler(log, (self) => {
      if (self.latestArgs !== null && !inputs.includes(self.latestArgs))
        inputs.push(self.latestArgs);
      return null;
    });
    await using server = await SocketServer.listen({ handler });
    // All at once: nothing is lost while the place is taken.
    using client = await SocketClient.open(server.websocketUrl, start, {
      event: 'input',
      data: [1, { two: 2 }],
    });
    await vi.waitFor(() => expect(inputs).toEqual([[1, { two: 2 }]]), waiting);
    client.send({ event: 'input', data: { threshold: 0.5 } });
    await vi.waitFor(() => expect(inputs[1]).toEqual([0.5]), waiting);
  });

  it('are handed on as text; nothing is echoed', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using client = await SocketClient.open(
      server.websocketUrl,
      start,
      { event: 'message', data: 'hello' },
      { event: 'chat', data: 'hi' },
    );
    await vi.waitFor(() => expect(log.messages).toHaveLength(2), waiting);
    expect(log.messages).toEqual(['hello', '{"type":"chat","data":"hi"}']);
    client.send({ event: 'ping' });
    await client.expectMessage({ event: 'pong' });
    expect(client.messages).toEqual([{ event: 'pong' }]);
  });
});

describe('hostile clients', () => {
  const hostile: [string, (object | string)[], number][] = [
    ['no JSON', ['{'], 1007],
    ['no JSON after start', [start, '{'], 1007],
    ['no event', [start, {}], 1007],
    ['bad base64', [start, { event: 'media', media: { payload: '!!!' } }], 1007],
    ['start twice', [start, start], 1008],
    ['input before start', [{ event: 'input', data: [1] }, start], 1008],
    ['bytes', [start, Buffer.alloc(10)], 1003],
    ['long text', [start, 'x'.repeat(maxMessageBytes + 1)], 1009],
    ['a million brackets', [start, '['.repeat(400_000)], 1007],
    ['no pcm16', [{ ...start, codec: 'pcm16', binary: true }, Buffer.alloc(3)], 1007],
    ['no Opus', [{ ...start, codec: 'opus', binary: true }, Buffer.alloc(2000, 0xff)], 1007],
  ];
  it.each(hostile)('are told and closed, and leave nothing: %s', async (_, messages, code) => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using client = await SocketClient.open(server.websocketUrl);
    for (const message of messages) client.send(message);
    expect(await client.expectClosed()).toMatchObject({ code });
    expect(client.messages.at(-1)).toMatchObject({ type: 'error' });
    await vi.waitFor(() => expect(server.core.connectionsCount).toBe(0), waiting);
    expect(log.shutdowns).toBe(log.startUps);
  });

  it('with frames of more than a megabyte are cut off', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using client = await SocketClient.open(server.websocketUrl, start);
    client.send('x'.repeat(2 * 1024 * 1024));
    expect(await client.expectClosed()).toMatchObject({ code: 1009 });
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
  });

  it('with bytes that are no UTF-8 are cut off', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using client = await SocketClient.open(server.websocketUrl, start);
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await client.expectClosed()).toMatchObject({ code: 1007 });
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
  });

  it('that leave while a place is taken leave nothing', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    for (let i = 0; i < 50; i++) {
      const client = await SocketClient.open(server.websocketUrl, start);
      client.socket.terminate();
      await once(client.socket, 'close');
      await vi.waitFor(() => expect(server.core.connectionsCount).toBe(0), waiting);
    }
    await vi.waitFor(() => expect(log.shutdowns).toBe(log.startUps), waiting);
  });

  it('that never read are let go, and what waits for them is bounded', async () => {
    const log = newHandlerLog();
    const handler = new ScriptHandler(
      log,
      (self) => {
        // Text as fast as it goes, far beyond what the network buffers.
        self.sendMessage({ type: 'log', data: 'x'.repeat(50_000) });
        return null;
      },
      { outputSampleRate: 48_000 },
    );
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    client.socket.pause();
    let most = 0;
    await vi.waitFor(
      () => {
        most = Math.max(most, server.sockets[0]?.bufferedAmount ?? 0);
        expect(server.core.connectionsCount).toBe(0);
      },
      { timeout: 20_000, interval: 5 },
    );
    expect(most).toBeLessThan(1024 * 1024 + 100_000);
    await server.accepted[0]?.closed;
    expect(log.shutdowns).toBe(1);
  });

  it('that never read but go on speaking get no sound that nobody reads', async () => {
    const log = newHandlerLog();
    // 192 kB of sound a second; pings go unanswered, the client's own sound is its sign of life.
    const handler = new EchoHandler(log, { inputSampleRate: 48_000, outputSampleRate: 48_000 });
    await using server = await SocketServer.listen({ handler });
    const format = { codec: 'pcm16', sampleRate: 48_000, channels: 2, binary: true };
    using client = await SocketClient.open(server.websocketUrl, { ...start, ...format });
    await client.expectMessage({ type: 'started' });
    const [end] = server.sockets;
    // The network is full: nothing that is sent from now on leaves the process.
    Object.defineProperty(end, 'bufferedAmount', { value: 300 * 1024 });
    const sent = vi.spyOn(end as NonNullable<typeof end>, 'send');
    for (let i = 0; i < 50; i++) client.send(Buffer.alloc(3840));
    await vi.waitFor(() => expect(server.core.find('me')?.stats.audioOut).toBe(50), waiting);
    expect(sent).not.toHaveBeenCalled();
    expect(client.closed).toBeNull();
  });
});

/** Mu-law of silence, as it is written by us. */
function expectedSilence(bytes: number): { payload: string } {
  return { payload: Buffer.alloc(bytes, 0xff).toString('base64') };
}
