/**
 * Tells speech from other sound. One is shared by all connections; what it remembers of a connection lies in its
 * sessions. `SileroVad` is the one built in; examples/turn-energy-gate.ts shows one of one's own.
 */
export interface VoiceActivityDetector {
  /** Hz of the windows. */
  readonly sampleRate: number;
  /** Samples of a window: a decision is made for each, so 10 to 50 ms make sense. */
  readonly windowSize: number;
  /**
   * Makes ready what takes time, e.g. a model. Called when a handler is made, in the background, and awaited by every
   * connection: a second call must be cheap, and one after a failure may try again.
   */
  load?(): Promise<void>;
  /** A memory for one connection, after `load()`. */
  createSession(): VoiceActivitySession;
}

/** What a {@link VoiceActivityDetector} remembers of one connection. */
export interface VoiceActivitySession {
  /**
   * Judges the next window; the call before has ended. When it throws, the window counts as speech.
   *
   * @param window - Mono, -1 to 1. Only valid until this call ends.
   * @returns How likely it is speech, 0 to 1.
   */
  process(window: Float32Array): number | Promise<number>;
  /** Forgets what came before: the next window does not follow the last. */
  reset(): void;
  /** Frees it. Called once. */
  close?(): void;
}
