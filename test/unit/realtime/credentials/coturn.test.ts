import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { coturnTurnCredentials } from '../../../../src/realtime/credentials/coturn.js';
import type { CoturnTurnOptions } from '../../../../src/realtime/credentials/coturn.js';

const options: CoturnTurnOptions = { urls: 'turn:turn.example.org', secret: 'north' };

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_500 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('coturnTurnCredentials', () => {
  it('signs the end of their time and the user', () => {
    const made = coturnTurnCredentials({ ...options, user: 'alice', ttlMs: 60_000 });
    const credential = createHmac('sha1', 'north').update('1700000060:alice').digest('base64');
    expect(made).toEqual({
      iceServers: [{ urls: 'turn:turn.example.org', username: '1700000060:alice', credential }],
    });
  });

  it('are good for ten minutes, and of nobody, by default', () => {
    const [server] = coturnTurnCredentials(options).iceServers;
    expect(server?.username).toBe('1700000600');
    expect(server?.credential).toBe('pL3AD+pdSi0Td8xk/uSD7cXdsYc=');
  });

  it('keeps several addresses, in a list of its own', () => {
    const urls = ['turn:a:3478?transport=udp', 'turns:a:443', 'stun:a'];
    const [server] = coturnTurnCredentials({ ...options, urls }).iceServers;
    expect(server?.urls).toEqual(urls);
    expect(server?.urls).not.toBe(urls);
  });

  it.each([
    [{ urls: [] }, TypeError, 'urls'],
    [{ urls: 'turn.example.org' }, TypeError, 'urls'],
    [{ urls: ['turn:a', 'http://b'] }, TypeError, 'urls'],
    [{ urls: undefined }, TypeError, 'urls'],
    [{ secret: '' }, TypeError, 'secret'],
    [{ secret: 7 }, TypeError, 'secret'],
    [{ user: 7 }, TypeError, 'user'],
    [{ ttlMs: 0 }, RangeError, 'ttlMs'],
    [{ ttlMs: '600' }, TypeError, 'ttlMs'],
    [{ ttlMs: 1e12 }, RangeError, 'ttlMs'],
  ])('refuses %o', (wrong, Kind, field) => {
    const make = (): unknown =>
      coturnTurnCredentials({ ...options, ...wrong } as CoturnTurnOptions);
    expect(make).toThrow(Kind);
    expect(make).toThrow(field);
  });
});
