import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForUncaught } from '../../../src/cli/uncaught.js';
import { InvalidStateError } from '../../../src/errors.js';
import { recordingLogger } from '../../support/transform-frames.js';

type Listener = (error: unknown) => void;

/** Takes the listeners off the process as they come: it is the test runner's own. */
function listen(
  onFatal: Listener,
): { listeners: Listener[] } & ReturnType<typeof listenForUncaught> {
  const listeners: Listener[] = [];
  vi.spyOn(process, 'on').mockImplementation((_event, listener) => {
    listeners.push(listener as Listener);
    return process;
  });
  return { ...listenForUncaught(onFatal), listeners };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('listenForUncaught', () => {
  it('ends the process while it starts', () => {
    const onFatal = vi.fn();
    const { listeners } = listen(onFatal);
    const errors = [new Error('a'), new Error('b')];
    listeners.forEach((listener, index) => listener(errors[index]));
    expect(onFatal.mock.calls).toEqual([[errors[0]], [errors[1]]]);
  });

  it('logs while it serves, at most once a second', () => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    const onFatal = vi.fn();
    const { listeners, survive } = listen(onFatal);
    survive(logger);
    for (let i = 0; i < 5; i += 1) listeners[i % 2]?.(new Error(`number ${i}`));
    expect(logger.lines).toEqual(['error: nobody caught an error, the server goes on: number 0']);
    vi.advanceTimersByTime(1000);
    expect(logger.lines[1]).toMatch(/number 4 \(and 3 more\)$/);
    expect(logger.fields[1]).toMatchObject({ suppressed: 3 });
    expect(onFatal).not.toHaveBeenCalled();
  });

  it('shows the stack of our own errors too', () => {
    const logger = recordingLogger();
    const { listeners, survive } = listen(vi.fn());
    survive(logger);
    const error = new InvalidStateError('the frame is closed');
    listeners[0]?.(error);
    const { err } = logger.fields[0] as { err: Error };
    expect(err.constructor).toBe(Error);
    expect(err.stack).toBe(error.stack);
  });
});
