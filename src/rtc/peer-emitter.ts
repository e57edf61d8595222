import type { Logger } from '../logger.js';
import { TypedEmitter } from '../util/typed-emitter.js';

/** An emitter for what the network says: a listener that throws ends nothing but itself. */
export class PeerEmitter<
  Events extends Record<keyof Events, unknown[]>,
> extends TypedEmitter<Events> {
  /** Names the peer in every line. */
  protected readonly logger: Logger;

  constructor(logger: Logger) {
    super();
    this.logger = logger;
  }

  /** Tells the listeners; never throws. */
  protected tell<K extends keyof Events & string>(event: K, ...args: Events[K]): void {
    try {
      this.emit(event, ...args);
    } catch (err) {
      this.logger.error({ err, event }, 'listener of a peer failed');
    }
  }
}
