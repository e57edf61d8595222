import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { getCurrentContext } from '../../../../src/realtime/handlers/context.js';
import { CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import { WebRTCError } from '../../../../src/realtime/handlers/webrtc-error.js';
import { ReplyOnPause } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import { VoiceFeed } from '../../../../src/realtime/turn-taking/voice-feed.js';
import { FakeLink } from '../../../support/fake-link.js';
import {
  connect,
  failure,
  LogRecorder,
  request,
  ScriptedHandler,
  sound,
  startOne,
} from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';
import { LoudnessVad } from '../../../support/turn-harness.js';

const never = (): Promise<void> => new Promise(() => undefined);

function audio(script: HandlerScript = {}): { handler: ScriptedHandler; modality: 'audio' } {
  return { handler: new ScriptedHandler(script), modality: 'audio' };
}

function only({ copies }: ScriptedHandler): ScriptedHandler {
  expect(copies).toHaveLength(1);
  return copies[0] as ScriptedHandler;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a connection', () => {
  it('has a handler of its own, which knows it', async () => {
    const options = audio();
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
    const options = audio();
    const core = new StreamCore(options);
    const { connection } = await connect(core);
    expect(only(options.handler).startUps).toBe(0);
    connection.start();
    connection.start();
    expect(only(options.handler).startUps).toBe(1);
    await core.close();
  });

  it('runs while startUp goes on for ever', async () => {
    const options = audio({ startUp: never, emit: () => sound(20) });
    const { core, connection, link } = await startOne(options);
    connection.receiveAudio(sound(20));
    await vi.advanceTimersByTimeAsync(100);
    expect(link.played.length).toBeGreaterThan(3);
    expect(only(options.handler).received).toHaveLength(1);
    await core.close();
    expect(only(options.handler).shutdowns).toBe(1);
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
      const options = audio(script);
      const { connection, link } = await startOne(options, new FakeLink(transport));
      connection.receiveAudio(sound(20));
      await vi.advanceTimersByTimeAsync(50);
      await Promise.all([connection.close('peer-closed'), connection.close('again')]);
      await connection.close('later');
      expect(only(options.handler).shutdowns).toBe(1);
      expect(link.closedWith).toEqual(['peer-closed']);
      await expect(connection.ended).resolves.toBe('peer-closed');
    }
  });

  it('shuts down also when it never started', async () => {
    const options = audio();
    const core = new StreamCore(options);
    const { connection } = await connect(core);
    await connection.close('connect-timeout');
    expect(only(options.handler).startUps).toBe(0);
    expect(only(options.handler).shutdowns).toBe(1);
    connection.start();
    expect(only(options.handler).startUps).toBe(0);
  });

  it('waits 5 s for a shutdown that hangs, while its link closes at once', async () => {
    const logger = new LogRecorder();
    const { connection, link } = await startOne({ ...audio({ shutdown: never }), logger });
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
    const options = audio();
    const { core } = await startOne(options);
    const { signal } = only(options.handler).connection.context;
    expect(signal.aborted).toBe(false);
    const waiting = failure(only(options.handler).waitForArgs());
    await core.close();
    expect(signal.aborted).toBe(true);
    expect(await waiting).toBeInstanceOf(InvalidStateError);
  });

  it('takes everything after its end, and does nothing', async () => {
    const options = audio();
    const { connection, link } = await startOne(options);
    await connection.close('peer-closed');
    const before = link.texts.length;
    connection.receiveAudio(sound(20));
    connection.receiveMessage('hello');
    connection.setInput([1]);
    only(options.handler).sendMessage('hello');
    only(options.handler).clearQueue();
    expect(link.texts).toHaveLength(before);
    expect(link.cleared).toBe(0);
    expect(only(options.handler).received).toHaveLength(0);
    expect(await connection.isAlive(100)).toBe(false);
  });

  it('leaves no timer', async () => {
    const script: HandlerScript = { emit: () => sound(500) };
    const { core, connection } = await startOne({ ...audio(script), timeLimitMs: 1000 });
    connection.receiveAudio(sound(20));
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await core.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when its time is up, and tells its client', async () => {
    const { core, connection, link } = await startOne({ ...audio(), timeLimitMs: 60_000 });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(connection.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Time limit reached' }]);
    expect(link.closedWith).toEqual(['time-limit']);
    expect(core.connectionsCount).toBe(0);
  });

  it('tells its client when the server closes, unless it never came', async () => {
    const { core, link } = await startOne({ ...audio(), concurrencyLimit: 2 });
    const { link: absent } = await connect(core, 'absent');
    await core.close();
    expect(link.messages).toEqual([{ type: 'server_closing', data: '' }]);
    expect(link.closedWith).toEqual(['server-closed']);
    expect(absent.messages).toEqual([]);
  });

  it.each(['peer-closed', 'handler-error', 'replaced'])(
    'says nothing of the server when it ends by %s',
    async (reason) => {
      const { connection, link } = await startOne(audio());
      await connection.close(reason);
      expect(link.messages).toEqual([]);
    },
  );

  it('counts its time from when media could flow', async () => {
    const core = new StreamCore({ ...audio(), timeLimitMs: 1000 });
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
    const options = audio(script);
    const { link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(90);
    expect(link.played).toHaveLength(5);
    expect(link.types).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Bye' }]);
    expect(link.closedWith).toEqual(['stream-ended']);
    expect(only(options.handler).emits).toBe(1);
  });

  it('waits until the far end has played what it buffers', async () => {
    let played: () => void = () => undefined;
    const link = new FakeLink('websocket');
    link.audioLeadMs = 200;
    link.audioPlayed = () => new Promise((resolve) => (played = resolve));
    await startOne(audio({ emit: () => [sound(100), new CloseStream()] }), link);
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.played).toHaveLength(5);
    expect(link.closedWith).toEqual([]);
    played();
    await vi.advanceTimersByTimeAsync(1);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Stream closed' }]);
    expect(link.closedWith).toEqual(['stream-ended']);
  });

  it('can be ended by its handler, which still gives its last words', async () => {
    const options = audio({
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
    const options = audio({ emit: () => new CloseStream() });
    const { connection } = await startOne(options, link);
    only(options.handler).sendMessage({ type: 'log', data: 'x' });
    connection.receiveMessage('hello');
    await vi.advanceTimersByTimeAsync(500);
    expect(link.texts).toEqual([]);
    expect(link.closedWith).toEqual(['stream-ended']);
  });
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
      const { core, connection, link } = await startOne({ ...audio(script), logger });
      connection.receiveAudio(sound(20));
      connection.receiveMessage('hello');
      await vi.advanceTimersByTimeAsync(5);
      const errors = link.messages.filter(({ type }) => type === 'error');
      expect(errors).toEqual([{ type: 'error', data: 'boom', message: 'boom' }]);
      const line = logger.lines.find(({ level }) => level === 'error');
      expect(line?.text).toBe(`ScriptedHandler.${method} failed: boom`);
      expect((line?.fields.err as Error).stack).toContain('connection.test.ts');
      expect(connection.closed).toBe(false);
      expect(connection.stats.handlerErrors).toBe(1);
      await core.close();
    },
  );

  it.each(failing)('in %s ends the connection, by option', async (_, script) => {
    const options = audio(script);
    const { core, connection, link } = await startOne({ ...options, onError: 'close' });
    connection.receiveAudio(sound(20));
    connection.receiveMessage('hello');
    await vi.advanceTimersByTimeAsync(5);
    expect(link.types).toContain('error');
    expect(link.closedWith).toEqual(['handler-error']);
    expect(only(options.handler).shutdowns).toBe(1);
    expect(core.connectionsCount).toBe(0);
  });

  it('answers the next turn', async () => {
    const turns = ['boom', 'fine'];
    const options = audio({
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
    const { core, connection, link } = await startOne({ ...audio(script), logger });
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
    const { core, connection, link } = await startOne(audio(script));
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
    const { core, link } = await startOne(audio(script));
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
    const { core, link } = await startOne(audio(script));
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
    const { core, connection, link } = await startOne({ ...audio(script), logger });
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
    const { core } = await startOne({ ...audio(script), logger });
    await core.close();
    expect(logger.texts('error')).toEqual(['ScriptedHandler.shutdown failed: stuck']);
  });
});

describe('handler code', () => {
  it('that blocks everybody is named once', async () => {
    const logger = new LogRecorder();
    const script: HandlerScript = {
      receive: () => {
        vi.setSystemTime(Date.now());
        vi.advanceTimersByTime(150);
      },
    };
    const { core, connection } = await startOne({ ...audio(script), logger });
    connection.receiveAudio(sound(20));
    connection.receiveAudio(sound(20));
    const warnings = logger.texts('warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^ScriptedHandler\.receive blocked the event loop for 150 ms/);
    await core.close();
  });

  it('that blocks everybody after an await is named, and nobody else', async () => {
    vi.useRealTimers();
    const block = (): void => {
      const end = performance.now() + 130;
      while (performance.now() < end);
    };
    const [patientLog, blockingLog] = [new LogRecorder(), new LogRecorder()];
    const patient = await startOne({
      ...audio({ receive: () => Promise.resolve() }),
      logger: patientLog,
    });
    const blocking = await startOne({
      ...audio({ receive: () => Promise.resolve().then(block) }),
      logger: blockingLog,
    });
    const hear = (): void => {
      for (const { connection } of [patient, blocking]) connection.receiveAudio(sound(20));
      expect(blockingLog.texts('warn')).toHaveLength(1);
    };
    await vi.waitFor(hear, { timeout: 5000, interval: 20 });
    const [warning] = blockingLog.texts('warn');
    expect(warning).toMatch(/^ScriptedHandler blocked the event loop for \d+ ms after an await/);
    expect(patientLog.texts('warn')).toEqual([]);
    await Promise.all([patient.core.close(), blocking.core.close()]);
  });

  it('is not charged with what ours does in its place: to cut sound, make way for a model', async () => {
    const logger = new LogRecorder();
    // A pause of the garbage collector looks the same.
    const cut = vi.spyOn(VoiceFeed.prototype, 'cut').mockImplementation(() => {
      vi.advanceTimersByTime(150);
      return [];
    });
    const handler = new ReplyOnPause(() => null, { model: new LoudnessVad() });
    const { core, connection } = await startOne({ handler, modality: 'audio', logger });
    connection.receiveAudio(sound(20));
    expect(cut).toHaveBeenCalledOnce();
    expect(logger.texts('warn')).toEqual([]);
    cut.mockRestore();
    await core.close();
  });

  it('knows whom it works for, in every call and after every await', async () => {
    const seen: string[] = [];
    const note = (call: string): void => {
      const { webrtcId, transport, fields, headers } = getCurrentContext();
      seen.push([call, webrtcId, transport, fields.room, headers['user-agent']].join(' '));
    };
    const script: HandlerScript = {
      startUp: async () => {
        await Promise.resolve();
        note('startUp');
      },
      receive: () => note('receive'),
      emit: async () => {
        await Promise.resolve();
        note('emit');
        return new CloseStream();
      },
      onMessage: () => note('onMessage'),
      shutdown: async () => {
        await Promise.resolve();
        note('shutdown');
      },
    };
    const { connection } = await startOne(audio(script));
    connection.receiveAudio(sound(20));
    connection.receiveMessage('x');
    await vi.advanceTimersByTimeAsync(1000);
    const calls = ['receive', 'onMessage', 'startUp', 'emit', 'shutdown'];
    expect(seen.sort()).toEqual(calls.map((call) => `${call} visitor webrtc 7 test`).sort());
    expect(() => getCurrentContext()).toThrow(InvalidStateError);
  });
});
