import { LimitExceededError } from '../errors.js';

/** How many may be in the act of connecting, per host: each handshake keeps its thread busy for some ms. */
const handshakesPerHost = 8;
/** A handshake counts for so long at most, ms: a slow link keeps no thread busy. */
const handshakeMs = 400;
/** And for so long when nothing was heard of the viewer by then: it may never come, or its answer waits for a STUN server. */
const unheardMs = 150;
/** Newcomers that wait for their turn; more are refused. */
const maxWaiting = 256;
/** How long a newcomer may wait before it is refused, ms. */
const maxWaitMs = 10_000;
/** How often is looked whose turn has come, while somebody waits, ms. */
const lookMs = 25;
/** Seconds after which one that was refused should come back. */
const retryAfterSeconds = 2;

/** A newcomer whose turn has come. */
export interface Joining {
  /** Anything of it was heard. */
  readonly heard: boolean;
  /** It is connected, or has failed. */
  readonly settled: boolean;
}

/** A place among those that connect, from its turn on. */
export interface JoinTicket {
  /** Tells who has it, once that is known. */
  use(joining: Joining): void;
  /** Gives it back, when nobody will use it. Idempotent. */
  release(): void;
}

interface Place {
  joining: Joining | null;
  readonly since: number;
}

interface Waiting {
  readonly since: number;
  readonly admit: () => void;
  readonly refuse: (reason: Error) => void;
}

/**
 * Lets a crowd in one after another, so that its handshakes do not stop the pictures of those who watch: some connect at
 * a time, the others wait in line. Those of whom nothing is heard hold nobody up.
 */
export class JoinQueue {
  readonly #hosts: number;
  readonly #mayEnter: () => boolean;
  readonly #places: Set<Place> = new Set();
  readonly #waiting: Set<Waiting> = new Set();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param hosts - How many share the work.
   * @param mayEnter - False while there is no room for one more; may make some.
   */
  constructor(hosts: number, mayEnter: () => boolean) {
    this.#hosts = hosts;
    this.#mayEnter = mayEnter;
  }

  /**
   * Waits for a turn.
   *
   * @throws {LimitExceededError} `too-many-connecting` when too many wait already, or after 10 s.
   * @throws `signal.reason` when aborted.
   */
  async enter(signal?: AbortSignal): Promise<JoinTicket> {
    signal?.throwIfAborted();
    if (this.#waiting.size > 0 || !this.#hasTurn()) await this.#wait(signal);
    const place: Place = { joining: null, since: performance.now() };
    this.#places.add(place);
    return {
      use: (joining) => {
        place.joining = joining;
      },
      release: () => {
        this.#places.delete(place);
      },
    };
  }

  /** Sends away all that wait. */
  close(reason: Error): void {
    for (const waiting of this.#waiting) waiting.refuse(reason);
  }

  /** Whether one more may connect; asks for room only where there is a place. @param coming - Those about to take one. */
  #hasTurn(coming: number = 0): boolean {
    const now = performance.now();
    for (const place of this.#places) {
      const { joining, since } = place;
      const limit = joining?.heard === true ? handshakeMs : unheardMs;
      if (joining?.settled === true || now - since >= limit) this.#places.delete(place);
    }
    const taken = this.#places.size + coming;
    return taken < this.#hosts * handshakesPerHost && this.#mayEnter();
  }

  #wait(signal?: AbortSignal): Promise<void> {
    if (this.#waiting.size >= maxWaiting) throw tooMany();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        signal?.removeEventListener('abort', abort);
        if (this.#waiting.size === 0) this.#stop();
      };
      const waiting: Waiting = {
        since: performance.now(),
        admit: () => {
          leave();
          resolve();
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      const abort = (): void => {
        waiting.refuse(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
      this.#timer ??= setInterval(() => {
        this.#look();
      }, lookMs);
    });
  }

  #look(): void {
    const now = performance.now();
    // An admitted one takes its place in a microtask, after this loop.
    let coming = 0;
    for (const waiting of this.#waiting) {
      if (now - waiting.since >= maxWaitMs) waiting.refuse(tooMany());
      else if (this.#hasTurn(coming)) {
        coming += 1;
        waiting.admit();
      } else return;
    }
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

function tooMany(): LimitExceededError {
  return new LimitExceededError('too many viewers are connecting at the moment', {
    code: 'too-many-connecting',
    retryAfterSeconds,
  });
}
