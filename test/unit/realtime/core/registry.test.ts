import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { FakeLink } from '../../../support/fake-link.js';
import { connect, request, ScriptedHandler } from '../../../support/realtime-core.js';

function core(concurrencyLimit: number | 'default' | null = 1): StreamCore {
  return new StreamCore({ handler: new ScriptedHandler(), modality: 'audio', concurrencyLimit });
}

const exists = { code: 'connection_already_exists', limit: null };
const full = { code: 'concurrency_limit_reached' };

describe('places', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([null, 'default', 1] as const)('are one by default (%s)', async (limit) => {
    const stream = core(limit);
    await connect(stream, 'first');
    await expect(stream.reserve(request('second'))).rejects.toMatchObject({ ...full, limit: 1 });
    expect(stream.limit).toBe(1);
    await stream.close();
  });

  it('are counted over all transports', async () => {
    const stream = core(3);
    await connect(stream, 'page');
    await connect(stream, 'socket', new FakeLink('websocket'));
    await connect(stream, 'call', new FakeLink('telephone'));
    await expect(stream.reserve(request('more'))).rejects.toMatchObject({ ...full, limit: 3 });
    expect(stream.connectionsCount).toBe(3);
    await stream.close();
  });

  it('are taken while an answer is made, and given back once', async () => {
    const stream = core(1);
    const slot = await stream.reserve(request('first'));
    await expect(stream.reserve(request('second'))).rejects.toMatchObject(full);
    slot.release();
    slot.release();
    expect(stream.connectionsCount).toBe(0);
    await stream.reserve(request('second'));
    expect(() => slot.attach(new FakeLink())).toThrow(InvalidStateError);
    await stream.close();
  });

  it('are free as soon as the end begins', async () => {
    const stream = core(1);
    const { connection, link } = await connect(stream, 'first');
    link.closing = new Promise(() => undefined);
    void connection.close('peer-closed');
    expect(stream.connectionsCount).toBe(0);
    expect(stream.find('first')).toBeUndefined();
    expect(stream.hasEnded('first')).toBe(true);
    await connect(stream, 'first');
    expect(stream.hasEnded('first')).toBe(false);
  });

  it('are asked about the id first, then about the limit', async () => {
    const stream = core(1);
    await connect(stream, 'first');
    await expect(stream.reserve(request('first'))).rejects.toMatchObject(exists);
    await expect(stream.reserve(request('second'))).rejects.toMatchObject(full);
    await stream.close();
  });

  it('go to one of two that ask at the same time', async () => {
    const stream = core(5);
    const answers = await Promise.allSettled([
      stream.reserve(request('same')),
      stream.reserve(request('same')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await stream.close();
  });

  it('stay with a connection that shows that it lives', async () => {
    const stream = core(2);
    const { connection, link } = await connect(stream, 'first');
    connection.start();
    await expect(stream.reserve(request('first'))).rejects.toMatchObject(exists);
    expect(link.asked).toBe(1);
    expect(connection.closed).toBe(false);
    await stream.close();
  });

  it('go over at once from a connection that is dead', async () => {
    const stream = core(1);
    const { connection, link } = await connect(stream, 'first');
    connection.start();
    link.alive = false;
    link.closing = new Promise(() => undefined);
    const slot = await stream.reserve(request('first'));
    expect(link.closedWith).toEqual(['replaced']);
    const next = slot.attach(new FakeLink());
    expect(stream.find('first')).toBe(next);
    expect(stream.connectionsCount).toBe(1);
  });

  it('go over from a dead one to the first of two that ask', async () => {
    const stream = core(1);
    const { connection, link } = await connect(stream, 'first');
    connection.start();
    link.alive = false;
    const answers = await Promise.allSettled([
      stream.reserve(request('first')),
      stream.reserve(request('first')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await stream.close();
  });

  it('wait 3 s for one of the same id that is still connecting, and no longer', async () => {
    const stream = core(2);
    const { link } = await connect(stream, 'first');
    link.alive = false;
    await expect(stream.reserve(request('first'))).rejects.toMatchObject(exists);
    expect(link.asked).toBe(0);
    vi.advanceTimersByTime(2990);
    await expect(stream.reserve(request('first'))).rejects.toMatchObject(exists);
    expect(link.asked).toBe(0);
    vi.advanceTimersByTime(11);
    await stream.reserve(request('first'));
    expect(link.closedWith).toEqual(['replaced']);
    await stream.close();
  });

  it('stay with one of the same id that is slow to connect, but is heard', async () => {
    const stream = core(2);
    const { link } = await connect(stream, 'first');
    vi.advanceTimersByTime(9000);
    await expect(stream.reserve(request('first'))).rejects.toMatchObject(exists);
    expect(link.asked).toBe(1);
    await stream.close();
  });

  it('go over from one that never connected, at the limit, after 3 s', async () => {
    const stream = core(1);
    const { link } = await connect(stream, 'silent');
    vi.advanceTimersByTime(2999);
    await expect(stream.reserve(request('second'))).rejects.toMatchObject(full);
    vi.advanceTimersByTime(2);
    await connect(stream, 'second');
    expect(link.closedWith).toEqual(['connect-timeout']);
    await stream.close();
  });

  it('stay with those that connected, however silent', async () => {
    const stream = core(1);
    const { connection } = await connect(stream, 'first');
    connection.start();
    vi.advanceTimersByTime(60_000);
    await expect(stream.reserve(request('second'))).rejects.toMatchObject(full);
    await stream.close();
  });

  it('are taken back from whoever forgets to give them back', async () => {
    const stream = core(1);
    const forgotten = await stream.reserve(request('first'));
    vi.advanceTimersByTime(10_001);
    await connect(stream, 'second');
    expect(() => forgotten.attach(new FakeLink())).toThrow(InvalidStateError);
    await stream.close();
  });

  it('hold 1,000 half-open ones, and cost nothing when they are gone', async () => {
    const stream = core(Infinity);
    const slots = [];
    for (let i = 0; i < 1000; i++) slots.push(await stream.reserve(request(`half-open ${i}`)));
    expect(stream.connectionsCount).toBe(1000);
    for (const slot of slots) slot.release();
    expect(stream.connectionsCount).toBe(0);
    expect(stream.hasEnded('half-open 1')).toBe(false);
    const limited = core(1);
    const refused = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, i) => limited.reserve(request(`${i}`))),
    );
    expect(refused.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await stream.close();
  });

  it('are not for ids that are none', async () => {
    const stream = core(1);
    await expect(stream.reserve(request(''))).rejects.toThrow(RangeError);
    await expect(stream.reserve(request('x'.repeat(129)))).rejects.toThrow(RangeError);
    await expect(stream.reserve(request(7 as unknown as string))).rejects.toThrow(TypeError);
  });

  it('are none once the stream is closed', async () => {
    const stream = core(2);
    const slot = await stream.reserve(request('half-open'));
    const { link } = await connect(stream, 'first');
    await Promise.all([stream.close(), stream.close()]);
    expect(link.closedWith).toEqual(['server-closed']);
    expect(stream.connectionsCount).toBe(0);
    expect(() => slot.attach(new FakeLink())).toThrow(InvalidStateError);
    await expect(stream.reserve(request('late'))).rejects.toThrow(InvalidStateError);
  });

  it('are given back when the handler cannot be copied', async () => {
    class Broken extends ScriptedHandler {
      override copy(): never {
        throw new Error('no copy');
      }
    }
    const stream = new StreamCore({ handler: new Broken(), modality: 'audio' });
    const link = new FakeLink();
    const slot = await stream.reserve(request('first'));
    expect(() => slot.attach(link)).toThrow('no copy');
    expect(link.closedWith).toEqual([]);
    expect(stream.connectionsCount).toBe(0);
    await stream.close();
  });
});
