import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import { FakeLink } from '../../../support/fake-link.js';
import {
  connect,
  failure,
  LogRecorder,
  onlyCopy,
  scripted,
  sound,
  startOne,
} from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';

const never = (): Promise<void> => new Promise(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a connection', () => {
  it('has a handler of its own, which knows it', async () => {
    const options = scripted();
    const core = new StreamCore({ ...options, concurrencyLimit: 2 });
    const one = await connect(core, 'one');
    const two = await connect(core, 'two');
    expect(one.connection.handler).not.toBe(two.connection.handler);
    expect(one.connection.handler).not.toBe(options.handler);
    expect(one.connection.handler?.connection.context.webrtcId).toBe('one');
    expect(() => options.handler.connection).toThrow(InvalidStateError);
    await core.close();
  });

  it('starts up once, when media can flow', async () => {
    const options = scripted();
    const core = new StreamCore(options);
    const { connection } = await connect(core);
    expect(onlyCopy(options.handler).startUps).toBe(0);
    connection.start();
    connection.start();
    expect(onlyCopy(options.handler).startUps).toBe(1);
    await core.close();
  });

  it('runs while startUp goes on for ever', async () => {
    const options = scripted({ startUp: never, emit: () => sound(20) });
    const { core, connection, link } = await startOne(options);
    connection.receiveAudio(sound(20));
    await vi.advanceTimersByTimeAsync(100);
    expect(link.played.length).toBeGreaterThan(3);
    expect(onlyCopy(options.handler).received).toHaveLength(1);
    await core.close();
    expect(onlyCopy(options.handler).shutdowns).toBe(1);
  });

  it.each<[string, HandlerScript]>([
    ['as ever', {}],
    ['startUp threw', { startUp: () => Promise.reject(new Error('no')) }],
    [
      'shutdown throws',
      {
        shutdown: () => {
          throw new Error('no');
        },
      },
    ],
    ['emit never returns', { emit: () => new Promise(() => undefined) }],
    ['receive never returns', { receive: never }],
  ])('shuts down exactly once, on every transport: %s', async (_, script) => {
    for (const transport of ['webrtc', 'websocket', 'telephone'] as const) {
      const options = scripted(script);
      const { connection, link } = await startOne(options, new FakeLink(transport));
      connection.receiveAudio(sound(20));
      await vi.advanceTimersByTimeAsync(50);
      await Promise.all([connection.close('peer-closed'), connection.close('again')]);
      await connection.close('later');
      expect(onlyCopy(options.handler).shutdowns).toBe(1);
      expect(link.closedWith).toEqual(['peer-closed']);
      await expect(connection.ended).resolves.toBe('peer-closed');
    }
  });

  it('shuts down also when it never started', async () => {
    const options = scripted();
    const core = new StreamCore(options);
    const { connection } = await connect(core);
    await connection.close('connect-timeout');
    expect(onlyCopy(options.handler).startUps).toBe(0);
    expect(onlyCopy(options.handler).shutdowns).toBe(1);
    connection.start();
    expect(onlyCopy(options.handler).startUps).toBe(0);
  });

  it('waits 5 s for a shutdown that hangs, while its link closes at once', async () => {
    const logger = new LogRecorder();
    const { connection, link } = await startOne({ ...scripted({ shutdown: never }), logger });
    let done = false;
    const closing = connection.close('peer-closed').then(() => (done = true));
    expect(link.closedWith).toEqual(['peer-closed']);
    await vi.advanceTimersByTimeAsync(4999);
    expect(done).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    await closing;
    expect(logger.texts('warn')).toEqual(['ScriptedHandler.shutdown is still at work after 5 s']);
  });

  it('aborts the signal of its context at the end', async () => {
    const options = scripted();
    const { core } = await startOne(options);
    const { signal } = onlyCopy(options.handler).connection.context;
    expect(signal.aborted).toBe(false);
    const waiting = failure(onlyCopy(options.handler).waitForArgs());
    await core.close();
    expect(signal.aborted).toBe(true);
    expect(await waiting).toBeInstanceOf(InvalidStateError);
  });

  it('takes everything after its end, and does nothing', async () => {
    const options = scripted();
    const { connection, link } = await startOne(options);
    await connection.close('peer-closed');
    const before = link.texts.length;
    connection.receiveAudio(sound(20));
    connection.receiveMessage('hello');
    connection.setInput([1]);
    onlyCopy(options.handler).sendMessage('hello');
    onlyCopy(options.handler).clearQueue();
    expect(link.texts).toHaveLength(before);
    expect(link.cleared).toBe(0);
    expect(onlyCopy(options.handler).received).toHaveLength(0);
    expect(await connection.isAlive(100)).toBe(false);
  });

  it('leaves no timer', async () => {
    const script: HandlerScript = { emit: () => sound(500) };
    const { core, connection } = await startOne({ ...scripted(script), timeLimitMs: 1000 });
    connection.receiveAudio(sound(20));
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await core.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when its time is up, and tells its client', async () => {
    const { core, connection, link } = await startOne({ ...scripted(), timeLimitMs: 60_000 });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(connection.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Time limit reached' }]);
    expect(link.closedWith).toEqual(['time-limit']);
    expect(core.connectionsCount).toBe(0);
  });

  it('tells its client when the server closes, unless it never came', async () => {
    const { core, link } = await startOne({ ...scripted(), concurrencyLimit: 2 });
    const { link: absent } = await connect(core, 'absent');
    await core.close();
    expect(link.messages).toEqual([{ type: 'server_closing', data: '' }]);
    expect(link.closedWith).toEqual(['server-closed']);
    expect(absent.messages).toEqual([]);
  });

  it.each(['peer-closed', 'handler-error', 'replaced'])(
    'says nothing of the server when it ends by %s',
    async (reason) => {
      const { connection, link } = await startOne(scripted());
      await connection.close(reason);
      expect(link.messages).toEqual([]);
    },
  );

  it('counts its time from when media could flow', async () => {
    const core = new StreamCore({ ...scripted(), timeLimitMs: 1000 });
    const { connection, link } = await connect(core);
    await vi.advanceTimersByTimeAsync(5000);
    connection.start();
    await vi.advanceTimersByTimeAsync(999);
    expect(link.closedWith).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(link.closedWith).toEqual(['time-limit']);
  });

  it('plays what was said before CloseStream, then ends', async () => {
    const script: HandlerScript = {
      emit: () => [sound(100), new CloseStream('Bye')],
    };
    const options = scripted(script);
    const { link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(90);
    expect(link.played).toHaveLength(5);
    expect(link.types).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Bye' }]);
    expect(link.closedWith).toEqual(['stream-ended']);
    expect(onlyCopy(options.handler).emits).toBe(1);
  });

  it('waits until the far end has played what it buffers', async () => {
    let played: () => void = () => undefined;
    const link = new FakeLink('websocket');
    link.audioLeadMs = 200;
    link.audioPlayed = () => new Promise((resolve) => (played = resolve));
    await startOne(scripted({ emit: () => [sound(100), new CloseStream()] }), link);
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.played).toHaveLength(5);
    expect(link.closedWith).toEqual([]);
    played();
    await vi.advanceTimersByTimeAsync(1);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Stream closed' }]);
    expect(link.closedWith).toEqual(['stream-ended']);
  });

  it('can be ended by its handler, which still gives its last words', async () => {
    const options = scripted({
      emit() {
        this.connection.close('Enough');
        return sound(60);
      },
    });
    const { link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(500);
    expect(link.played).toHaveLength(3);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Enough' }]);
    expect(link.closedWith).toEqual(['stream-ended']);
  });

  it('does not send messages to a telephone', async () => {
    const link = new FakeLink('telephone');
    const options = scripted({ emit: () => new CloseStream() });
    const { connection } = await startOne(options, link);
    onlyCopy(options.handler).sendMessage({ type: 'log', data: 'x' });
    connection.receiveMessage('hello');
    await vi.advanceTimersByTimeAsync(500);
    expect(link.texts).toEqual([]);
    expect(link.closedWith).toEqual(['stream-ended']);
  });
});
