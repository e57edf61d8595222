import { createHook } from 'node:async_hooks';

interface Timer {
  /** Node's own mark of a timer that has fired for the last time, or was cleared. */
  _destroyed: boolean;
}

/** Timers begun since, by code that is named in the test's pattern. `close()` it. */
export interface TimerWatch {
  /** Where each timer that still runs was begun. */
  open(): string[];
  close(): void;
}

/**
 * Watches the timers of one part of the program; those of the test runner come and go.
 *
 * @param part - Matched against the stack of the call that begins a timer.
 */
export function watchTimers(part: RegExp): TimerWatch {
  const timers: { timer: Timer; stack: string }[] = [];
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      const { stack = '' } = new Error('begun');
      if (type === 'Timeout' && part.test(stack)) timers.push({ timer: resource as Timer, stack });
    },
  }).enable();
  return {
    open: () => timers.filter(({ timer }) => !timer._destroyed).map(({ stack }) => stack),
    close: () => {
      hook.disable();
    },
  };
}
