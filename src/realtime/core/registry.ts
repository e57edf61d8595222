import { InvalidStateError } from '../../errors.js';
import type { Connection } from './connection.js';
import type { OutputLog } from './output-log.js';
import type { OutputStore } from './output-store.js';
import { ConnectionRefusedError } from './refused-error.js';
import type { ConnectionRequest, ConnectionSlot } from './stream-port.js';
import type { TransportLink } from './transport-link.js';

/** So long, in ms, a place is kept for who makes its answer. */
const answeringMs = 10_000;
/** One that was answered so long ago, in ms, and never heard of, gives way: to its own id, and to any at the limit. */
const silentMs = 3000;
/** How long a connection has to show that it lives, ms. */
const aliveWithinMs = 1000;

interface Place {
  readonly id: string;
  /** When it was taken, or the connection made. */
  since: number;
  connection: Connection | null;
}

/** Makes the connection of a place; `release` is to be called when its end begins. */
export type MakeConnection = (
  request: ConnectionRequest,
  link: TransportLink,
  outputs: OutputLog,
  release: () => void,
) => Connection;

/** Who is connected, over all transports, and who is about to be: one limit for all. */
export class ConnectionRegistry {
  readonly #limit: number;
  readonly #outputs: OutputStore;
  readonly #make: MakeConnection;
  readonly #places = new Map<string, Place>();
  #closed = false;

  constructor(limit: number, outputs: OutputStore, make: MakeConnection) {
    this.#limit = limit;
    this.#outputs = outputs;
    this.#make = make;
  }

  /** Places taken. */
  get size(): number {
    return this.#places.size;
  }

  /** Those that live, in the order they came. */
  get connections(): Connection[] {
    return [...this.#places.values()].flatMap(({ connection }) => connection ?? []);
  }

  /** The one of that id, while it lives. */
  find(id: string): Connection | undefined {
    return this.#places.get(id)?.connection ?? undefined;
  }

  /** True while the id has a place, with a connection or not yet. */
  has(id: string): boolean {
    return this.#places.has(id);
  }

  /** As `StreamPort.reserve`. */
  async reserve(request: ConnectionRequest): Promise<ConnectionSlot> {
    const { id } = request;
    checkId(id);
    for (;;) {
      this.#checkOpen();
      const place = this.#places.get(id);
      if (place === undefined) break;
      if (await isTaken(place)) {
        throw new ConnectionRefusedError('connection_already_exists', `${id} is connected already`);
      }
      // Another one may have come while this one was asked.
      if (this.#places.get(id) === place) this.#evict(place, 'replaced');
    }
    // From here to the end nothing is awaited: the place is taken in one go.
    if (this.#places.size >= this.#limit) this.#makeRoom();
    if (this.#places.size >= this.#limit) {
      const message = `${this.#limit} connections are open, which is the limit`;
      throw new ConnectionRefusedError('concurrency_limit_reached', message, this.#limit);
    }
    return this.#take(request);
  }

  /** No more places. What lives is the caller's to close. */
  close(): void {
    this.#closed = true;
    for (const place of this.#places.values()) {
      if (place.connection === null) this.#places.delete(place.id);
    }
  }

  #take(request: ConnectionRequest): ConnectionSlot {
    const { id } = request;
    const place: Place = { id, since: performance.now(), connection: null };
    const outputs = this.#outputs.open(id);
    this.#places.set(id, place);
    const release = (): void => {
      if (place.connection !== null) return;
      this.#leave(place);
      this.#outputs.discard(id, outputs);
    };
    const attach = (link: TransportLink): Connection => {
      this.#checkOpen();
      if (place.connection !== null || this.#places.get(id) !== place) {
        throw new InvalidStateError(`the place of ${id} is no longer held`);
      }
      try {
        place.connection = this.#make(request, link, outputs, () => this.#leave(place));
      } catch (error) {
        release();
        throw error;
      }
      place.since = performance.now();
      return place.connection;
    };
    return { attach, release };
  }

  #leave(place: Place): void {
    if (this.#places.get(place.id) === place) this.#places.delete(place.id);
  }

  /** At the limit: whoever was answered and never came gives way, the oldest first. */
  #makeRoom(): void {
    const now = performance.now();
    for (const place of this.#places.values()) {
      const { connection, since } = place;
      const patienceMs = connection === null ? answeringMs : silentMs;
      if (connection?.started === true || now - since <= patienceMs) continue;
      this.#evict(place, 'connect-timeout');
      return;
    }
  }

  #evict(place: Place, reason: string): void {
    this.#leave(place);
    void place.connection?.close(reason);
  }

  #checkOpen(): void {
    if (this.#closed) throw new InvalidStateError('the stream is closed');
  }
}

async function isTaken({ connection, since }: Place): Promise<boolean> {
  const ageMs = performance.now() - since;
  if (connection === null) return ageMs < answeringMs;
  // A client that is slow to connect, but was heard, shows that it lives.
  const isComing = ageMs < silentMs && !connection.started;
  return isComing || (await connection.isAlive(aliveWithinMs));
}

function checkId(id: unknown): void {
  if (typeof id !== 'string') throw new TypeError(`id: expected a string, got ${typeof id}`);
  if (id.length < 1 || id.length > 128) {
    throw new RangeError(`id: expected 1 to 128 characters, got ${id.length}`);
  }
}
