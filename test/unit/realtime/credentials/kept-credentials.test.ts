import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptCredentials } from '../../../../src/realtime/credentials/kept-credentials.js';
import type { TurnGrant } from '../../../../src/realtime/credentials/turn-configuration.js';

const ttlMs = 100_000;

/** Gives numbered credentials; scripted to fail or to wait. */
class FakeService {
  asked = 0;
  failing = false;
  /** What an answer waits for. */
  gate: Promise<unknown> = Promise.resolve();

  readonly source = async (): Promise<TurnGrant> => {
    const number = ++this.asked;
    const { failing } = this;
    await this.gate;
    if (failing) throw new Error(`failure ${number}`);
    return { configuration: { iceServers: [{ urls: `turn:${number}` }] }, ttlMs };
  };
}

let service: FakeService;
let kept: KeptCredentials;

async function get(): Promise<unknown> {
  return (await kept.get()).iceServers[0]?.urls;
}

beforeEach(() => {
  vi.useFakeTimers();
  service = new FakeService();
  kept = new KeptCredentials(service.source);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('KeptCredentials', () => {
  it('keeps them for four fifths of their time, then renews them', async () => {
    expect(await get()).toBe('turn:1');
    vi.advanceTimersByTime(79_999);
    expect(await get()).toBe('turn:1');
    vi.advanceTimersByTime(1);
    expect(await get()).toBe('turn:2');
    vi.advanceTimersByTime(79_999);
    expect(await get()).toBe('turn:2');
    expect(service.asked).toBe(2);
  });

  it('counts from the request, not from the answer', async () => {
    service.gate = new Promise((resolve) => setTimeout(resolve, 30_000));
    const first = get();
    await vi.advanceTimersByTimeAsync(30_000);
    await first;
    vi.advanceTimersByTime(50_000);
    expect(await get()).toBe('turn:2');
  });

  it('goes on with what it has when renewing fails, and tries again after a while', async () => {
    await get();
    service.failing = true;
    vi.advanceTimersByTime(80_000);
    expect(await get()).toBe('turn:1');
    expect(await get()).toBe('turn:1');
    expect(service.asked).toBe(2);
    vi.advanceTimersByTime(5000);
    expect(await get()).toBe('turn:1');
    expect(service.asked).toBe(3);
    service.failing = false;
    vi.advanceTimersByTime(5000);
    expect(await get()).toBe('turn:4');
  });

  it('fails once they hold no more', async () => {
    await get();
    service.failing = true;
    vi.advanceTimersByTime(100_000);
    await expect(get()).rejects.toThrow('failure 2');
    await expect(get()).rejects.toThrow('failure 3');
    service.failing = false;
    expect(await get()).toBe('turn:4');
  });

  it('does not wait long for a slow service while they hold', async () => {
    await get();
    vi.advanceTimersByTime(80_000);
    let open = (): void => undefined;
    service.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const waiting = get();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await waiting).toBe('turn:1');
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(await get()).toBe('turn:2');
    expect(service.asked).toBe(2);
  });

  it('takes a failure that nobody waits for any more', async () => {
    await get();
    vi.advanceTimersByTime(99_000);
    service.failing = true;
    service.gate = new Promise((resolve) => setTimeout(resolve, 5000));
    const waiting = get();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await waiting).toBe('turn:1');
    expect(vi.getTimerCount()).toBe(0);
  });
});
