import { describe, expect, it, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { sendMessage, Warning } from '../../../../src/realtime/handlers/context.js';
import { FakeLink } from '../../../support/fake-link.js';
import { connect, ScriptedHandler, startOne } from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';

const audio = (script: HandlerScript = {}): { handler: ScriptedHandler; modality: 'audio' } => ({
  handler: new ScriptedHandler(script),
  modality: 'audio',
});

describe('messages of the client', () => {
  it('are answered over WebRTC, and reach the handler', async () => {
    const seen: unknown[] = [];
    const { core, connection, link } = await startOne(
      audio({ onMessage: (message) => void seen.push(message) }),
    );
    connection.receiveMessage('handshake');
    connection.receiveMessage('{"any": 1}');
    connection.receiveMessage(Buffer.from([1, 2]));
    expect(link.messages).toEqual([
      { type: 'log', data: 'Server received: handshake' },
      { type: 'log', data: 'Server received: {"any": 1}' },
    ]);
    expect(seen).toEqual(['handshake', '{"any": 1}', Buffer.from([1, 2])]);
    await core.close();
  });

  it('are answered for functions, too', async () => {
    const { core, connection, link } = await startOne({ handler: (frame) => frame });
    connection.receiveMessage('handshake');
    expect(link.types).toEqual(['log']);
    await core.close();
  });

  it('are not answered over sockets', async () => {
    const { core, connection, link } = await startOne(audio(), new FakeLink('websocket'));
    connection.receiveMessage('hello');
    expect(link.texts).toEqual([]);
    await core.close();
  });

  it('of the fork go to onChat, without an answer', async () => {
    const options = audio();
    const { core, connection, link } = await startOne(options);
    connection.receiveMessage('{"type":"chat","data":"Hello"}');
    connection.receiveMessage('{"type":"stop_chat"}');
    connection.receiveMessage('{"type":"chat","data":7}');
    expect(options.handler.copies[0]?.chats).toEqual([
      { type: 'chat', data: 'Hello' },
      { type: 'stop_chat', data: '' },
    ]);
    expect(link.messages.map(({ data }) => data)).toEqual([
      'Server received: {"type":"chat","data":7}',
    ]);
    await core.close();
  });

  it('before the start wait for it, 64 at most', async () => {
    const seen: unknown[] = [];
    const options = audio({ onMessage: (message) => void seen.push(message) });
    const core = new StreamCore(options);
    const { connection } = await connect(core);
    for (let i = 0; i < 70; i++) connection.receiveMessage(`${i}`);
    expect(seen).toEqual([]);
    connection.start();
    expect(seen).toHaveLength(64);
    expect(seen[0]).toBe('6');
    expect(connection.stats.dropped.messagesFull).toBe(6);
    await core.close();
  });

  it('do not pile up before a handler that never answers', async () => {
    let calls = 0;
    const options = audio({
      onMessage: () => {
        calls += 1;
        return new Promise(() => undefined);
      },
    });
    const { core, connection } = await startOne(options);
    for (let i = 0; i < 1000; i++) connection.receiveMessage('x');
    expect(calls).toBe(64);
    expect(connection.stats).toMatchObject({ messagesIn: 1000, dropped: { messagesFull: 936 } });
    await core.close();
  });
});

describe('messages of a handler', () => {
  it('are sent verbatim, or as JSON', async () => {
    const options = audio();
    const { core, link } = await startOne(options);
    const handler = options.handler.copies[0] as ScriptedHandler;
    handler.sendMessage('tick');
    handler.sendMessage({ type: 'log', data: [1] });
    expect(link.texts).toEqual(['tick', '{"type":"log","data":[1]}']);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const wrong of [circle, undefined, 7, () => 1, { toJSON: () => undefined }]) {
      expect(() => handler.sendMessage(wrong as object)).toThrow(TypeError);
    }
    await core.close();
  });

  it('go to the client that is being served, from anywhere', async () => {
    vi.useFakeTimers();
    async function tell(): Promise<void> {
      await Promise.resolve();
      sendMessage('tick');
      Warning('Careful');
    }
    const core = new StreamCore({ ...audio({ startUp: tell }), concurrencyLimit: 2 });
    const one = await connect(core, 'one');
    const two = await connect(core, 'two');
    two.connection.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(one.link.texts).toEqual([]);
    expect(two.link.texts).toEqual([
      'tick',
      '{"type":"warning","data":"Careful","message":"Careful"}',
    ]);
    expect(() => Warning('nobody')).toThrow(InvalidStateError);
    expect(() => sendMessage('nobody')).toThrow(InvalidStateError);
    await core.close();
    vi.useRealTimers();
  });
});

describe('a stream', () => {
  it('sets the state that a client shows', async () => {
    const { core, link } = await startOne(audio());
    expect(core.updateConnection('visitor', 'closed')).toBe(true);
    expect(core.updateConnection('visitor', 'open')).toBe(true);
    expect(core.updateConnection('nobody', 'closed')).toBe(false);
    expect(link.messages).toEqual([
      { type: 'update_connection', data: 'closed' },
      { type: 'update_connection', data: 'open' },
    ]);
    await core.close();
  });

  it('has a handler reply, if it takes turns', async () => {
    class Turns extends ScriptedHandler {
      static readonly triggered: unknown[] = [];
      override copy(): Turns {
        return new Turns();
      }
      override triggerResponse = (): void => {
        Turns.triggered.push(this.latestArgs);
        if (this.latestArgs?.[0] === 'bad') throw new Error('boom');
      };
    }
    const { core, link } = await startOne({ handler: new Turns(), modality: 'audio' });
    expect(core.triggerResponse('visitor')).toEqual({ status: 'success' });
    expect(core.triggerResponse('visitor', ['hello'])).toEqual({ status: 'success' });
    expect(core.triggerResponse('visitor', ['bad'])).toEqual({ status: 'success' });
    expect(Turns.triggered).toEqual([null, ['hello'], ['bad']]);
    expect(link.types).toEqual(['error']);
    expect(core.triggerResponse('nobody')).toEqual({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
    await core.close();
    const other = await startOne(audio());
    expect(other.core.triggerResponse('visitor')).toEqual({
      status: 'failed',
      meta: { error: 'not_a_reply_on_pause' },
    });
    await other.core.close();
  });

  it('lists who is connected, and tells who comes and goes', async () => {
    const told: unknown[][] = [];
    const core = new StreamCore({ ...audio(), concurrencyLimit: 3 });
    core.on('connection', (...args) => told.push(['connection', ...args]));
    core.on('disconnection', (...args) => told.push(['disconnection', ...args]));
    core.on('disconnection', () => {
      throw new Error('a bad listener');
    });
    const { connection } = await connect(core, 'one');
    await connect(core, 'two', new FakeLink('telephone'));
    connection.start();
    connection.receiveMessage('x');
    expect(core.connections).toMatchObject([
      { id: 'one', transport: 'webrtc', started: true, stats: { messagesIn: 1 } },
      { id: 'two', transport: 'telephone', started: false, fields: { room: 7 } },
    ]);
    expect(core.connections[0]?.since).toBeInstanceOf(Date);
    expect(core.connections[0]?.headers).toEqual({ 'user-agent': 'test' });
    await connection.close('peer-closed');
    expect(core.connections).toHaveLength(1);
    expect(told).toEqual([
      ['connection', 'one', 'webrtc'],
      ['connection', 'two', 'telephone'],
      ['disconnection', 'one', 'peer-closed'],
    ]);
    await core.close();
  });
});
