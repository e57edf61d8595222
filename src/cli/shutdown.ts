const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/** What {@link listenForStop} takes. */
export interface StopOptions {
  /** Called at the first signal. */
  onStop: (signal: NodeJS.Signals) => void;
  /** Called when closing takes too long. */
  onLate: () => void;
  /** Milliseconds that closing may take. Default 2,700: Ctrl-C is promised to end within 3 s. */
  graceMs?: number;
  /** Ends the process. Default `process.exit`. */
  exit?: (code: number) => void;
}

/** Signals that are listened for. */
export interface StopListener {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly stopped: Promise<void>;
  /** Stops listening. */
  close(): void;
}

/**
 * Turns SIGINT and SIGTERM into an orderly end: the first one aborts `signal`, and ends the process
 * with 0 after `graceMs` if it is still there; the second one ends it at once with 130.
 */
export function listenForStop(options: StopOptions): StopListener {
  const { graceMs = 2_700, exit = (code): void => process.exit(code) } = options;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) return exit(130);
    timer = setTimeout(() => {
      options.onLate();
      exit(0);
    }, graceMs);
    options.onStop(signal);
    controller.abort();
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stopped: new Promise((resolve) => {
      controller.signal.addEventListener('abort', () => resolve(), { once: true });
    }),
    close(): void {
      clearTimeout(timer);
      for (const name of stopSignals) process.off(name, onSignal);
    },
  };
}
