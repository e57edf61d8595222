import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import type { OutputEvent } from '../../../../src/realtime/core/output-log.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import type { Connection } from '../../../../src/realtime/core/connection.js';
import { AdditionalOutputs } from '../../../../src/realtime/handlers/outputs.js';
import { WebRTCError } from '../../../../src/realtime/handlers/webrtc-error.js';
import { FakeLink } from '../../../support/fake-link.js';
import {
  connect,
  failure,
  request,
  ScriptedHandler,
  startOne,
} from '../../../support/realtime-core.js';

const audio = (): { handler: ScriptedHandler; modality: 'audio' } => ({
  handler: new ScriptedHandler(),
  modality: 'audio',
});

function put(connection: Connection, ...values: unknown[]): void {
  for (const value of values) connection.side.addOutput(new AdditionalOutputs(value));
}

async function collect(reader: AsyncIterable<OutputEvent>): Promise<[number, unknown][]> {
  const events: [number, unknown][] = [];
  for await (const { id, outputs } of reader) events.push([id, outputs.args[0]]);
  return events;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('outputs', () => {
  it('reach every reader whole, and end with the connection', async () => {
    const { core, connection } = await startOne(audio());
    const early = collect(core.outputStream('visitor'));
    put(connection, 'a', 'b');
    const late = collect(core.outputStream('visitor'));
    put(connection, 'c');
    await connection.close('peer-closed');
    const all = [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ];
    expect(await early).toEqual(all);
    expect(await late).toEqual(all);
    await core.close();
  });

  it('are told to the client as they come', async () => {
    const { core, connection, link } = await startOne(audio());
    put(connection, 'a', 'b');
    expect(link.messages).toEqual([
      { type: 'fetch_output', data: [] },
      { type: 'fetch_output', data: [] },
    ]);
    await core.close();
  });

  it('are resumed behind the last event read', async () => {
    const { core, connection } = await startOne(audio());
    put(connection, 'a', 'b', 'c');
    await connection.close('peer-closed');
    expect(await collect(core.outputStream('visitor', { lastEventId: 2 }))).toEqual([[3, 'c']]);
    expect(await collect(core.outputStream('visitor', { lastEventId: 3 }))).toEqual([]);
    // Of another life of the server.
    expect(await collect(core.outputStream('visitor', { lastEventId: 99 }))).toHaveLength(3);
    await core.close();
  });

  it('can be read for 30 s after the end', async () => {
    const { core, connection } = await startOne(audio());
    put(connection, 'a');
    await connection.close('peer-closed');
    await vi.advanceTimersByTimeAsync(29_900);
    expect(await collect(core.outputStream('visitor'))).toEqual([[1, 'a']]);
    expect(core.hasEnded('visitor')).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(() => core.outputStream('visitor')).toThrow(/no connection/);
    expect(core.hasEnded('visitor')).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    await core.close();
  });

  it('count on when the id connects anew', async () => {
    const { core, connection } = await startOne(audio());
    put(connection, 'a', 'b');
    await connection.close('peer-closed');
    const again = await connect(core);
    again.connection.start();
    put(again.connection, 'c');
    await vi.advanceTimersByTimeAsync(60_000);
    const reader = core.outputStream('visitor', { lastEventId: 2 });
    expect((await reader.next()).value).toMatchObject({ id: 3 });
    await core.close();
  });

  it('are kept 1,000 at most, the newest', async () => {
    const { core, connection } = await startOne(audio());
    put(connection, ...Array.from({ length: 1500 }, (_, i) => i + 1));
    await connection.close('peer-closed');
    const events = await collect(core.outputStream('visitor'));
    expect(events).toHaveLength(1000);
    expect(events[0]).toEqual([501, 501]);
    expect(events.at(-1)).toEqual([1500, 1500]);
    await core.close();
  });

  it('of a reader end when its signal aborts, or by return', async () => {
    const { core, connection } = await startOne(audio());
    const aborting = new AbortController();
    const aborted = collect(core.outputStream('visitor', { signal: aborting.signal }));
    const returned = core.outputStream('visitor');
    const waiting = returned.next();
    put(connection, 'a');
    await waiting;
    const pending = returned.next();
    await returned.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    aborting.abort();
    expect(await aborted).toEqual([[1, 'a']]);
    await core.close();
  });

  it('of an unknown id are refused, and nothing is made', async () => {
    const { core } = await startOne(audio());
    for (let i = 0; i < 100; i++) {
      expect(() => core.outputStream(`nobody ${i}`)).toThrow(
        expect.objectContaining({ code: 'unknown_connection' }),
      );
      expect(core.hasEnded(`nobody ${i}`)).toBe(false);
    }
    await expect(core.fetchLatestOutput('nobody')).rejects.toMatchObject({
      code: 'unknown_connection',
    });
    await core.close();
    expect(() => core.outputStream('visitor')).toThrow(InvalidStateError);
  });

  it('can be waited for while the offer is being answered', async () => {
    const core = new StreamCore(audio());
    const slot = await core.reserve(request('visitor'));
    const events = collect(core.outputStream('visitor'));
    slot.attach(new FakeLink());
    const connection = core.find('visitor') as Connection;
    put(connection, 'a');
    await connection.close('peer-closed');
    expect(await events).toEqual([[1, 'a']]);
    await core.close();
  });

  it('of 1,001 connections that ended are those of the last 1,000', async () => {
    const core = new StreamCore(audio());
    for (let i = 0; i < 1001; i++) {
      const { connection } = await connect(core, `visitor ${i}`);
      void connection.close('peer-closed');
    }
    expect(core.hasEnded('visitor 0')).toBe(false);
    expect(core.hasEnded('visitor 1')).toBe(true);
    await core.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('go to a transport from now on', async () => {
    const { core, connection } = await startOne(audio());
    put(connection, 'before');
    const reader = connection.readOutputs();
    put(connection, 'after');
    await connection.close('peer-closed');
    const seen: unknown[] = [];
    for await (const { args } of reader) seen.push(args[0]);
    expect(seen).toEqual(['after']);
    await core.close();
  });
});

describe('fetchLatestOutput', () => {
  it('gives one after the other, and waits for the next', async () => {
    const { core, connection } = await startOne(audio());
    put(connection, 'a', 'b');
    expect((await core.fetchLatestOutput('visitor')).args).toEqual(['a']);
    expect((await core.fetchLatestOutput('visitor')).args).toEqual(['b']);
    const next = core.fetchLatestOutput('visitor');
    await vi.advanceTimersByTimeAsync(9000);
    put(connection, 'c');
    expect((await next).args).toEqual(['c']);
    await core.close();
  });

  it('gives up after 10 s, or as told', async () => {
    const { core } = await startOne(audio());
    const late = failure(core.fetchLatestOutput('visitor'));
    const soon = failure(core.fetchLatestOutput('visitor', { timeoutMs: 100 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(await soon).toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(9900);
    expect(await late).toMatchObject({ code: 'timeout' });
    const aborting = new AbortController();
    const { signal } = aborting;
    const aborted = failure(core.fetchLatestOutput('visitor', { signal, timeoutMs: Infinity }));
    aborting.abort(new Error('enough'));
    expect(await aborted).toMatchObject({ message: 'enough' });
    const closed = failure(core.fetchLatestOutput('visitor'));
    await core.close();
    expect(await closed).toMatchObject({ code: 'connection_closed' });
  });
});

describe('inputs', () => {
  it('are known to the handler, the newest only', async () => {
    const options = audio();
    const { core } = await startOne(options);
    const handler = options.handler.copies[0] as ScriptedHandler;
    expect(handler.latestArgs).toBeNull();
    core.setInput('visitor', 1, 'two');
    core.setInput('visitor', 3);
    expect(handler.latestArgs).toEqual([3]);
    expect(core.setInput('nobody', 1)).toBe(false);
    await core.close();
    expect(core.setInput('visitor', 1)).toBe(false);
  });

  it('are asked for and waited for', async () => {
    const options = audio();
    const { core, link } = await startOne(options);
    const handler = options.handler.copies[0] as ScriptedHandler;
    core.setInput('visitor', 'old');
    const waiting = handler.waitForArgs();
    expect(link.messages).toEqual([{ type: 'send_input', data: [] }]);
    await vi.advanceTimersByTimeAsync(59_000);
    core.setInput('visitor', 'new');
    expect(await waiting).toEqual(['new']);
    await core.close();
  });

  it('that do not come are a WebRTCError, or the reason of the signal', async () => {
    const options = audio();
    const { core } = await startOne(options);
    const handler = options.handler.copies[0] as ScriptedHandler;
    const late = failure(handler.waitForArgs());
    const soon = failure(handler.waitForArgs({ timeoutMs: 50 }));
    const aborting = new AbortController();
    const { signal } = aborting;
    const aborted = failure(handler.waitForArgs({ signal }));
    aborting.abort(new Error('enough'));
    expect(await aborted).toMatchObject({ message: 'enough' });
    await expect(handler.waitForArgs({ signal })).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(50);
    expect(await soon).toMatchObject({ message: 'no inputs came within 0.05 s' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await late).toBeInstanceOf(WebRTCError);
    const ended = failure(handler.waitForArgs({ timeoutMs: Infinity }));
    await core.close();
    expect(await ended).toBeInstanceOf(InvalidStateError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are not asked for on a telephone', async () => {
    const options = audio();
    const { core, link } = await startOne(options, new FakeLink('telephone'));
    const handler = options.handler.copies[0] as ScriptedHandler;
    expect(handler.phoneMode).toBe(true);
    expect(await handler.waitForArgs()).toEqual([]);
    core.setInput('visitor', 1);
    expect(await handler.waitForArgs()).toEqual([1]);
    expect(link.texts).toEqual([]);
    await core.close();
  });
});
