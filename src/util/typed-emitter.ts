import { EventEmitter } from 'node:events';

/**
 * Node's emitter with typed events: `class Peer extends TypedEmitter<{ close: [reason: string] }>`.
 */
export class TypedEmitter<Events extends Record<keyof Events, unknown[]>> {
  readonly #emitter: EventEmitter = new EventEmitter().setMaxListeners(0);

  /** Calls `listener` at every `event`. */
  on<K extends keyof Events & string>(event: K, listener: (...args: Events[K]) => void): this {
    this.#emitter.on(event, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Calls `listener` at the next `event` only. */
  once<K extends keyof Events & string>(event: K, listener: (...args: Events[K]) => void): this {
    this.#emitter.once(event, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Takes back an `on` or `once`. */
  off<K extends keyof Events & string>(event: K, listener: (...args: Events[K]) => void): this {
    this.#emitter.off(event, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Tells the listeners; true when there was one. */
  protected emit<K extends keyof Events & string>(event: K, ...args: Events[K]): boolean {
    return this.#emitter.emit(event, ...args);
  }

  /** Forgets all listeners: the last step of closing. */
  protected removeAllListeners(): void {
    this.#emitter.removeAllListeners();
  }
}
