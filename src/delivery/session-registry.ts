import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { InvalidStateError, LimitExceededError } from '../errors.js';
import type { CloseReason } from '../rtc/peer-session-types.js';
import { TypedEmitter } from '../util/typed-emitter.js';
import type { ViewerSession } from './viewer-session.js';

/** One that was answered so long ago, ms, and never heard of gives way when there is no place left. */
const graceMs = 3000;
/** Seconds after which somebody refused should come back: a viewer may have left by then. */
const retryAfterSeconds = 10;
/** The same while somebody there was never heard of: it will give way soon. */
const retrySoonSeconds = 3;

/** Limits of a {@link SessionRegistry}. */
export interface SessionRegistryOptions {
  /** Viewers at a time, those still connecting included. A positive integer; default: no limit. */
  maxViewers?: number;
  /** Told of listeners that throw. Default: silent. */
  logger?: Logger;
}

/** Events of a {@link SessionRegistry}. */
export interface SessionRegistryEvents {
  /** A session was added; it may still be connecting. */
  add: [session: ViewerSession];
  /** A session has closed. */
  remove: [session: ViewerSession, reason: CloseReason];
}

/** A place kept free for a viewer whose offer is being answered. */
export interface ViewerSlot {
  /**
   * Takes the place. The session leaves the registry when it closes.
   *
   * @throws {InvalidStateError} when the registry has closed meanwhile, or the slot was used or released.
   */
  add(session: ViewerSession): void;
  /** Gives the place back, if it was not taken. Idempotent. */
  release(): void;
}

/**
 * Who is connected, and how many may be. Owns its sessions: `close()` closes them. A listener that throws ends nothing but
 * itself.
 */
export class SessionRegistry extends TypedEmitter<SessionRegistryEvents> {
  readonly #sessions: Map<string, { session: ViewerSession; since: number }> = new Map();
  /** Closes under way of sessions that are no longer listed. */
  readonly #leaving: Set<Promise<void>> = new Set();
  readonly #maxViewers: number;
  readonly #logger: Logger;
  #reserved = 0;
  #closing: Promise<void> | null = null;

  constructor(options: SessionRegistryOptions = {}) {
    super();
    const { maxViewers = Number.POSITIVE_INFINITY, logger = silentLogger } = options;
    if (
      maxViewers !== Number.POSITIVE_INFINITY &&
      !(Number.isInteger(maxViewers) && maxViewers > 0)
    ) {
      throw new RangeError(`maxViewers: expected a positive integer, got ${maxViewers}`);
    }
    this.#maxViewers = maxViewers;
    this.#logger = logger;
  }

  /** Sessions now, those still connecting included. */
  get size(): number {
    return this.#sessions.size;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Keeps a place before a peer is made, so that offers at the same time cannot exceed the limit. Where there is none
   * left, the oldest session gives way that was answered 3 s ago and never heard of.
   *
   * @throws {LimitExceededError} `too-many-viewers`.
   * @throws {InvalidStateError} after {@link close}.
   */
  reserve(): ViewerSlot {
    if (this.closed) throw new InvalidStateError('the session registry is closed');
    if (this.#isFull && !this.#makeRoom()) {
      const comesSoon = [...this].some(({ heard }) => !heard);
      throw new LimitExceededError(`at most ${this.#maxViewers} viewers at a time`, {
        code: 'too-many-viewers',
        retryAfterSeconds: comesSoon ? retrySoonSeconds : retryAfterSeconds,
      });
    }
    this.#reserved += 1;
    let open = true;
    const release = (): void => {
      if (open) this.#reserved -= 1;
      open = false;
    };
    return {
      release,
      add: (session) => {
        if (!open) throw new InvalidStateError('this slot was used or released');
        release();
        this.#add(session);
      },
    };
  }

  /**
   * Adds a session without a slot.
   *
   * @throws {LimitExceededError} `too-many-viewers`.
   * @throws {InvalidStateError} after {@link close}.
   */
  add(session: ViewerSession): void {
    this.reserve().add(session);
  }

  /** The session of that id. */
  get(id: string): ViewerSession | undefined {
    return this.#sessions.get(id)?.session;
  }

  /** All sessions, oldest first. */
  [Symbol.iterator](): IterableIterator<ViewerSession> {
    return [...this.#sessions.values()].map(({ session }) => session).values();
  }

  /**
   * Closes all sessions, each with its goodbye; takes no more. Resolves when nothing of them is left, those included
   * that were closing by themselves. Idempotent.
   */
  close(reason: CloseReason = 'server-closed'): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #isFull(): boolean {
    return this.#sessions.size + this.#reserved >= this.#maxViewers;
  }

  /** False when everybody there has a right to be. */
  #makeRoom(): boolean {
    const now = performance.now();
    for (const { session, since } of this.#sessions.values()) {
      if (session.heard || now - since < graceMs) continue;
      void session.close('gave-way');
      return !this.#isFull;
    }
    return false;
  }

  async #close(reason: CloseReason): Promise<void> {
    const closing = [...this].map((session) => session.close(reason));
    await Promise.all([...closing, ...this.#leaving]);
    this.removeAllListeners();
  }

  #awaitEnd(session: ViewerSession): void {
    const ended: Promise<void> = session.close().finally(() => this.#leaving.delete(ended));
    this.#leaving.add(ended);
  }

  #add(session: ViewerSession): void {
    if (this.closed) throw new InvalidStateError('the session registry is closed');
    if (session.connectionState === 'closed') {
      this.#awaitEnd(session);
      return;
    }
    this.#sessions.set(session.id, { session, since: performance.now() });
    session.once('close', (reason) => {
      this.#sessions.delete(session.id);
      this.#awaitEnd(session);
      this.#tell('remove', session, reason);
    });
    this.#tell('add', session);
  }

  #tell<K extends keyof SessionRegistryEvents>(event: K, ...args: SessionRegistryEvents[K]): void {
    try {
      this.emit(event, ...args);
    } catch (err) {
      this.#logger.error({ err, event }, 'a listener of server.sessions failed');
    }
  }
}
