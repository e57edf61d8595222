import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenForStop } from '../../../src/cli/shutdown.js';
import type { StopListener } from '../../../src/cli/shutdown.js';

const onStop = vi.fn();
const onLate = vi.fn();
const exit = vi.fn();
let listener: StopListener;

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  listener = listenForStop({ onStop, onLate, exit });
});
afterEach(() => {
  listener.close();
  vi.useRealTimers();
});

describe('listenForStop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('stops at the first %s', async (signal) => {
    process.emit(signal, signal);
    await listener.stopped;
    expect(onStop).toHaveBeenCalledExactlyOnceWith(signal);
    expect(listener.signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
  });

  it('exits with 130 at the second signal, whichever it is', () => {
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGINT', 'SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    expect(onStop).toHaveBeenCalledOnce();
  });

  it('exits with 0 within 3 s when closing hangs', () => {
    process.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(2_000);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(900);
    expect(onLate).toHaveBeenCalledOnce();
    expect(exit).toHaveBeenCalledExactlyOnceWith(0);
  });

  it('leaves nothing behind once closed', () => {
    const before = process.listenerCount('SIGINT');
    process.emit('SIGINT', 'SIGINT');
    listener.close();
    listener.close();
    vi.advanceTimersByTime(10_000);
    expect(exit).not.toHaveBeenCalled();
    expect(process.listenerCount('SIGINT')).toBe(before - 1);
  });
});
