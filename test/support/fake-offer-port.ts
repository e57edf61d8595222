import { StreamError } from '../../src/errors.js';
import type {
  ConnectionRequest,
  ConnectionSlot,
  MediaConnection,
  StreamPort,
} from '../../src/realtime/core/stream-port.js';
import type { TransportLink } from '../../src/realtime/core/transport-link.js';

/** A connection that counts what it is told. */
export class FakeOfferConnection implements MediaConnection {
  readonly handler = null;
  readonly id: string;
  readonly link: TransportLink;
  readonly ended: Promise<string>;
  readonly messages: (string | Buffer)[] = [];
  started = 0;
  sounds = 0;
  pictures = 0;
  closed = false;
  #end!: (reason: string) => void;
  readonly #onEnd: () => void;

  constructor(id: string, link: TransportLink, onEnd: () => void) {
    this.id = id;
    this.link = link;
    this.#onEnd = onEnd;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  start(): void {
    this.started += 1;
  }

  receiveAudio(): void {
    this.sounds += 1;
  }

  receiveVideo(frame: { close(): void }): void {
    this.pictures += 1;
    frame.close();
  }

  receiveMessage(message: string | Buffer): void {
    this.messages.push(message);
  }

  setInput(): void {}

  async *readOutputs(): AsyncGenerator<never> {}

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#onEnd();
    this.#end(reason);
    await this.link.close(reason);
  }
}

/** A stream without handlers: places and connections only. */
export class FakeOfferPort implements StreamPort {
  readonly modality: StreamPort['modality'];
  readonly mode: StreamPort['mode'];
  readonly prototype = null;
  readonly limit: number;
  readonly requests: ConnectionRequest[] = [];
  readonly connections: Map<string, FakeOfferConnection> = new Map();
  /** Places held by slots that were not used yet. */
  reserved = 0;
  /** Makes `reserve` or `attach` fail. */
  failure: { at: 'reserve' | 'attach'; error: Error } | null = null;
  readonly #ended: Set<string> = new Set();

  constructor(
    options: {
      limit?: number;
      modality?: StreamPort['modality'];
      mode?: StreamPort['mode'];
    } = {},
  ) {
    this.limit = options.limit ?? 1;
    this.modality = options.modality ?? 'video';
    this.mode = options.mode ?? 'send-receive';
  }

  async reserve(request: ConnectionRequest): Promise<ConnectionSlot> {
    await Promise.resolve();
    this.requests.push(request);
    const { id } = request;
    if (this.failure?.at === 'reserve') throw this.failure.error;
    if (this.connections.has(id)) throw refused('connection_already_exists');
    if (this.connections.size + this.reserved >= this.limit) {
      throw refused('concurrency_limit_reached', this.limit);
    }
    this.reserved += 1;
    let held = true;
    const release = (): void => {
      if (held) this.reserved -= 1;
      held = false;
    };
    return {
      release,
      attach: (link) => {
        if (this.failure?.at === 'attach') throw this.failure.error;
        release();
        const connection = new FakeOfferConnection(id, link, () => {
          this.connections.delete(id);
          this.#ended.add(id);
        });
        this.connections.set(id, connection);
        return connection;
      },
    };
  }

  find(id: string): FakeOfferConnection | undefined {
    return this.connections.get(id);
  }

  hasEnded(id: string): boolean {
    return this.#ended.has(id);
  }
}

function refused(code: string, limit?: number): StreamError {
  return Object.assign(new StreamError(code, { code }), limit === undefined ? {} : { limit });
}
