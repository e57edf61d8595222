/** What {@link StreamError} and its subclasses take beside their message. */
export interface StreamErrorOptions {
  /** Stable, machine-readable name of this fault, e.g. `no-common-codec`. */
  code: string;
  /** The error underneath, kept whole. */
  cause?: unknown;
}

/**
 * Base of every error FrameGear raises itself, except wrong arguments, which are `TypeError` or
 * `RangeError`. Branch on `name` or `code`, never on the text.
 */
export class StreamError extends Error {
  /** Stable, machine-readable name of this fault. */
  readonly code: string;

  constructor(message: string, options: StreamErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
  }
}

/** A method was called on something that is closed, or not yet started. */
export class InvalidStateError extends StreamError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'invalid-state', cause });
  }
}

/** The machine, this build of FFmpeg, or the peer cannot do what was asked. */
export class NotSupportedError extends StreamError {
  constructor(message: string, options: Partial<StreamErrorOptions> = {}) {
    super(message, { code: 'not-supported', ...options });
  }
}

/** FFmpeg refused to encode or decode; `cause` is its own error. */
export class EncodingError extends StreamError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'encoding-failed', cause });
  }
}

/** A video source could not be opened, or broke while it was read. */
export class SourceError extends StreamError {
  /** True when trying again later may help (network gone, device busy); false when it cannot. */
  readonly retryable: boolean;

  /**
   * @param options.code - e.g. `source-not-found`, `source-unreadable`, `no-video`, `device-busy`,
   *   `connection-refused`, `source-failed`.
   * @param options.retryable - Default `false`.
   */
  constructor(message: string, options: StreamErrorOptions & { retryable?: boolean }) {
    super(message, options);
    this.retryable = options.retryable ?? false;
  }
}

/** A session description or candidate cannot be accepted. */
export class NegotiationError extends StreamError {}

/** A configured limit (viewers, sizes) is reached. */
export class LimitExceededError extends StreamError {
  /** Seconds after which another try may do better; `null` when nobody can say. */
  readonly retryAfterSeconds: number | null;

  /** @param options.retryAfterSeconds - Default `null`. */
  constructor(message: string, options: StreamErrorOptions & { retryAfterSeconds?: number }) {
    super(message, options);
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}
