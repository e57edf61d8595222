import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { WebRTCError } from '../../../../src/realtime/handlers/webrtc-error.js';
import { FakeLink } from '../../../support/fake-link.js';
import {
  LogRecorder,
  onlyCopy,
  request,
  scripted,
  ScriptedHandler,
  sound,
  startOne,
} from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a handler that fails', () => {
  const failing: [string, HandlerScript][] = [
    ['startUp', { startUp: () => Promise.reject(new WebRTCError('boom')) }],
    [
      'receive',
      {
        receive: () => {
          throw new Error('boom');
        },
      },
    ],
    ['emit', { emit: () => Promise.reject(new Error('boom')) }],
    ['onMessage', { onMessage: () => Promise.reject(new Error('boom')) }],
  ];

  it.each(failing)(
    'in %s tells its client and is logged, and the connection goes on',
    async (method, script) => {
      const logger = new LogRecorder();
      const { core, connection, link } = await startOne({ ...scripted(script), logger });
      connection.receiveAudio(sound(20));
      connection.receiveMessage('hello');
      await vi.advanceTimersByTimeAsync(5);
      const errors = link.messages.filter(({ type }) => type === 'error');
      expect(errors).toEqual([{ type: 'error', data: 'boom', message: 'boom' }]);
      const line = logger.lines.find(({ level }) => level === 'error');
      expect(line?.text).toBe(`ScriptedHandler.${method} failed: boom`);
      expect((line?.fields.err as Error).stack).toContain('connection-faults.test.ts');
      expect(connection.closed).toBe(false);
      expect(connection.stats.handlerErrors).toBe(1);
      await core.close();
    },
  );

  it.each(failing)('in %s ends the connection, by option', async (_, script) => {
    const options = scripted(script);
    const { core, connection, link } = await startOne({ ...options, onError: 'close' });
    connection.receiveAudio(sound(20));
    connection.receiveMessage('hello');
    await vi.advanceTimersByTimeAsync(5);
    expect(link.types).toContain('error');
    expect(link.closedWith).toEqual(['handler-error']);
    expect(onlyCopy(options.handler).shutdowns).toBe(1);
    expect(core.connectionsCount).toBe(0);
  });

  it('answers the next turn', async () => {
    const turns = ['boom', 'fine'];
    const options = scripted({
      emit: () => {
        const turn = turns.shift();
        if (turn === 'boom') throw new Error('boom');
        return turn === 'fine' ? sound(20) : null;
      },
    });
    const { core, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(100);
    expect(link.types).toEqual(['error']);
    expect(link.played).toHaveLength(1);
    await core.close();
  });

  it('thirty times a second is reported once a second', async () => {
    const logger = new LogRecorder();
    const script: HandlerScript = {
      receive: () => {
        throw new Error('again');
      },
    };
    const { core, connection, link } = await startOne({ ...scripted(script), logger });
    for (let i = 0; i < 90; i++) {
      connection.receiveAudio(sound(20));
      await vi.advanceTimersByTimeAsync(33);
    }
    const count = connection.stats.handlerErrors;
    expect(count).toBeGreaterThanOrEqual(89);
    expect(link.types.filter((type) => type === 'error')).toHaveLength(3);
    expect(logger.texts('error')[1]).toMatch(/again \(and \d+ more times\)$/);
    await core.close();
  });

  it('each time with other words cannot flood its client either', async () => {
    let n = 0;
    const script: HandlerScript = {
      receive: () => {
        throw new Error(`fault ${n++}`);
      },
    };
    const { core, connection, link } = await startOne(scripted(script));
    for (let i = 0; i < 100; i++) connection.receiveAudio(sound(20));
    expect(n).toBe(100);
    expect(link.types.length).toBeLessThan(10);
    await core.close();
  });

  it.each<[string, unknown]>([
    ['a string', 'sound'],
    ['a number', 7],
    ['a Uint8Array', new Uint8Array(4)],
    ['an object', { audio: 1 }],
    ['a function', () => undefined],
  ])('by giving %s is told what it gave', async (got, value) => {
    const script = { emit: (): never => value as never };
    const { core, link } = await startOne(scripted(script));
    await vi.advanceTimersByTimeAsync(1);
    expect(link.messages[0]?.data).toBe(
      'ScriptedHandler.emit: expected AudioData, AdditionalOutputs, CloseStream or nothing, ' +
        `got ${got}`,
    );
    await core.close();
  });

  it('by giving a closed piece of sound, or two, is told so', async () => {
    const closed = sound(20);
    closed.close();
    const results = [closed, [sound(20), sound(20)]];
    const script = { emit: (): never => results.shift() as never };
    const { core, link } = await startOne(scripted(script));
    await vi.advanceTimersByTimeAsync(100);
    expect(link.messages.map(({ data }) => data)).toEqual([
      'ScriptedHandler.emit: expected an open AudioData, got a closed one',
      'ScriptedHandler.emit: expected one of each kind, got two of a AudioData',
    ]);
    await core.close();
  });

  it.each<[RegExp, () => unknown]>([
    [/copy\(\): expected a handler, got an object/, () => ({})],
    [/copy\(\): expected a handler, got undefined/, () => undefined],
    [
      /outputSampleRate of 24000, got 48000/,
      () => new ScriptedHandler({}, { outputSampleRate: 48_000 }),
    ],
  ])('in its copies is told so: %s', async (message, copy) => {
    class Odd extends ScriptedHandler {
      override copy(): ScriptedHandler {
        return copy() as ScriptedHandler;
      }
    }
    const core = new StreamCore({ handler: new Odd(), modality: 'audio' });
    const slot = await core.reserve(request('visitor'));
    expect(() => slot.attach(new FakeLink())).toThrow(message);
    await core.close();
  });

  it('to copy itself is told so', async () => {
    class Lazy extends ScriptedHandler {
      override copy(): this {
        return this;
      }
    }
    const core = new StreamCore({ handler: new Lazy(), modality: 'audio' });
    const slot = await core.reserve(request('visitor'));
    expect(() => slot.attach(new FakeLink())).toThrow(/got the one that was to be copied/);
    await core.close();
  });

  it('after the end bothers nobody', async () => {
    const logger = new LogRecorder();
    const fail: (() => void)[] = [];
    const script: HandlerScript = {
      receive: () => new Promise((_, reject) => fail.push(() => reject(new Error('late')))),
    };
    const { core, connection, link } = await startOne({ ...scripted(script), logger });
    connection.receiveAudio(sound(20));
    await core.close();
    for (const reject of fail) reject();
    await vi.advanceTimersByTimeAsync(10);
    expect(link.types).toEqual(['server_closing']);
    expect(logger.texts('error')).toEqual([]);
  });

  it('in shutdown is logged', async () => {
    const logger = new LogRecorder();
    const script: HandlerScript = { shutdown: () => Promise.reject(new Error('stuck')) };
    const { core } = await startOne({ ...scripted(script), logger });
    await core.close();
    expect(logger.texts('error')).toEqual(['ScriptedHandler.shutdown failed: stuck']);
  });
});
