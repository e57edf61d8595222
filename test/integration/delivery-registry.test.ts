import { afterAll, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/delivery/delivery.js';
import { SessionRegistry } from '../../src/delivery/session-registry.js';
import { InvalidStateError, LimitExceededError } from '../../src/errors.js';
import { silentLogger } from '../../src/logger.js';
import { joinDelivery, joinUnattended } from '../support/join-delivery.js';

const delivery = new Delivery({ logger: silentLogger });

afterAll(() => delivery.close());

/** Sockets and timers of this process. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /UDP|Timeout/.test(name));
}

describe('SessionRegistry', () => {
  it('refuses bad limits', () => {
    for (const maxViewers of [0, -1, 1.5, Number.NaN]) {
      expect(() => new SessionRegistry({ maxViewers })).toThrow(RangeError);
    }
  });

  it('lists sessions until they close', async () => {
    await using registry = new SessionRegistry();
    const events: string[] = [];
    registry.on('add', ({ id }) => events.push(`+${id}`));
    registry.on('remove', ({ id }, reason) => events.push(`-${id} ${reason}`));
    const a = await joinUnattended(delivery, { id: 'a' });
    const b = await joinUnattended(delivery, { id: 'b' });
    registry.add(a);
    registry.add(b);
    expect([registry.size, registry.get('b'), [...registry]]).toEqual([2, b, [a, b]]);
    await a.close('bye');
    expect([registry.size, registry.get('a')]).toEqual([1, undefined]);
    expect(events).toEqual(['+a', '+b', '-a bye']);
  });

  it('goes on past listeners that throw, and says so', async () => {
    const said: string[] = [];
    const logger = {
      ...silentLogger,
      error: (_: unknown, text?: string) => void said.push(text ?? ''),
    };
    await using registry = new SessionRegistry({ maxViewers: 1, logger });
    for (const event of ['add', 'remove'] as const) {
      registry.on(event, () => {
        throw new Error('broken');
      });
    }
    const session = await joinUnattended(delivery);
    registry.add(session);
    expect(registry.size).toBe(1);
    await session.close();
    expect(registry.size).toBe(0);
    expect(said).toEqual(Array(2).fill('a listener of server.sessions failed'));
  });

  it('counts offers that are still being answered', async () => {
    await using registry = new SessionRegistry({ maxViewers: 2 });
    const first = registry.reserve();
    const second = registry.reserve();
    expect(() => registry.reserve()).toThrow(LimitExceededError);
    expect(() => registry.reserve()).toThrow(
      expect.objectContaining({ code: 'too-many-viewers', retryAfterSeconds: 10 }),
    );
    second.release();
    second.release();
    const third = registry.reserve();
    expect(() => registry.reserve()).toThrow(LimitExceededError);
    const session = await joinUnattended(delivery);
    first.add(session);
    first.release();
    // It has not been heard of yet, so its place may be free soon.
    expect(() => registry.reserve()).toThrow(expect.objectContaining({ retryAfterSeconds: 3 }));
    third.release();
    await session.close();
    registry.reserve();
    registry.reserve();
    expect(() => registry.reserve()).toThrow(LimitExceededError);
  });

  it('has those give way that were never heard of, and nobody else', async () => {
    await using registry = new SessionRegistry({ maxViewers: 2 });
    await using joined = await joinDelivery(delivery);
    registry.add(joined.session);
    const idle = await joinUnattended(delivery);
    registry.add(idle);
    const reason = new Promise((resolve) => void idle.once('close', resolve));
    expect(() => registry.reserve()).toThrow(LimitExceededError);
    const slot = await vi.waitFor(() => registry.reserve(), { timeout: 8000, interval: 100 });
    expect(await reason).toBe('gave-way');
    expect([...registry]).toEqual([joined.session]);
    expect(() => registry.reserve()).toThrow(LimitExceededError);
    slot.release();
  });

  it('waits for sessions that are closing by themselves', async () => {
    const before = resources().length;
    const registry = new SessionRegistry();
    const [listed, late] = [await joinUnattended(delivery), await joinUnattended(delivery)];
    registry.add(listed);
    void listed.close();
    void late.close();
    registry.add(late);
    expect(registry.size).toBe(0);
    await registry.close();
    expect(resources().length).toBeLessThanOrEqual(before);
  });

  it('closes its sessions, twice, and takes no more', async () => {
    const registry = new SessionRegistry();
    const slot = registry.reserve();
    const session = await joinUnattended(delivery);
    registry.add(session);
    const reason = new Promise((resolve) => void session.once('close', resolve));
    await Promise.all([registry.close(), registry.close()]);
    expect(await reason).toBe('server-closed');
    expect([registry.size, registry.closed]).toEqual([0, true]);
    expect(() => registry.reserve()).toThrow(InvalidStateError);
    const late = await joinUnattended(delivery);
    expect(() => {
      slot.add(late);
    }).toThrow(InvalidStateError);
    await late.close();
  });
});
