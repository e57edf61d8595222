import { InvalidStateError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import type { AdditionalOutputs } from '../handlers/outputs.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import { endStream, errorMessage, serverClosing } from '../wire.js';
import type { ServerMessage } from '../wire.js';
import { newConnectionStats } from './connection-stats.js';
import type { ConnectionStats } from './connection-stats.js';
import { copyHandler } from './copy-handler.js';
import { HandlerCalls } from './handler-calls.js';
import { HandlerFaults } from './handler-faults.js';
import { handlerLabel } from './handler-plan.js';
import { HandlerSide } from './handler-side.js';
import { Inputs } from './inputs.js';
import type { LoopHost } from './loop-host.js';
import { createMediaLoops } from './media-loops.js';
import type { MediaLoops } from './media-loops.js';
import { MessageInbox } from './message-inbox.js';
import type { OutputLog } from './output-log.js';
import { OutputReader } from './output-reader.js';
import { settledWithin } from './settled-within.js';
import type { StreamSettings } from './stream-options.js';
import type { ConnectionRequest, MediaConnection } from './stream-port.js';
import type { EndReason, TransportLink } from './transport-link.js';

/** How long the end waits for a handler's `shutdown` and generators, ms. */
const shutdownMs = 5000;
/** What is called at the end. */
const endMethods = new Set(['return', 'shutdown']);

/** What a {@link Connection} is made of. */
export interface ConnectionParts {
  readonly settings: StreamSettings;
  readonly request: ConnectionRequest;
  readonly link: TransportLink;
  readonly outputs: OutputLog;
  readonly logger: Logger;
  /** Called once, when the end begins: the place is free. */
  readonly onEnding: (reason: EndReason) => void;
}

/** One client, its handler, and all that runs between them. */
export class Connection implements MediaConnection {
  readonly id: string;
  readonly handler: StreamHandler | null;
  /** How it was asked for. */
  readonly request: ConnectionRequest;
  /** When it was made. */
  readonly since: Date = new Date();
  /** Counted as it happens. */
  readonly stats: ConnectionStats = newConnectionStats();
  readonly ended: Promise<EndReason>;
  readonly #parts: ConnectionParts;
  readonly #ending = new AbortController();
  readonly #inputs = new Inputs();
  readonly #side: HandlerSide;
  readonly #calls: HandlerCalls;
  readonly #faults: HandlerFaults;
  readonly #inbox: MessageInbox;
  readonly #loops: MediaLoops;
  #timeLimit: NodeJS.Timeout | undefined;
  #started = false;
  #finishing = false;
  #closed = false;
  #resolveEnded: (reason: EndReason) => void = () => undefined;

  /** @throws {WebRTCError} when the handler cannot be copied: the link is still the caller's. */
  constructor(parts: ConnectionParts) {
    const { settings, request, link, outputs, logger } = parts;
    const { id, transport, headers, fields } = request;
    const { stats } = this;
    this.id = id;
    this.request = request;
    this.#parts = parts;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.#side = new HandlerSide({
      context: { webrtcId: id, transport, headers, fields, signal: this.#ending.signal },
      link,
      inputs: this.#inputs,
      outputs,
      stats,
      loops: () => this.#loops,
      finish: (message) => this.#finish(message),
    });
    this.#calls = new HandlerCalls(this.#side, handlerLabel(settings.plan), logger);
    this.#faults = new HandlerFaults({
      logger,
      tell: (text) => this.send(errorMessage(text)),
    });
    this.handler = this.#calls.run('copy', () => copyHandler(settings.plan, this.#side));
    const host = this.#host(settings.mode !== 'send');
    this.#inbox = new MessageInbox(this.handler, host);
    const takes = settings.mode !== 'receive';
    this.#loops = createMediaLoops(settings.plan, this.handler, host, this.#side, takes);
  }

  /** True once media could flow. */
  get started(): boolean {
    return this.#started;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The connection as its handler sees it. */
  get side(): HandlerConnection {
    return this.#side;
  }

  start(): void {
    if (this.#started || this.closed) return;
    this.#started = true;
    this.#calls.watch();
    const { timeLimitMs } = this.#parts.settings;
    if (timeLimitMs !== null) {
      this.#timeLimit = setTimeout(() => this.#endInTime(), timeLimitMs);
    }
    const { handler } = this;
    if (handler) void this.#try('startUp', () => handler.startUp());
    this.#inbox.start();
    // What startUp does at once may have ended it.
    if (!this.closed) this.#loops.start();
  }

  receiveAudio(frame: AudioData): void {
    if (this.closed) return;
    if (this.#loops.hear) this.#loops.hear(frame);
    else this.stats.dropped.unwanted += 1;
  }

  receiveVideo(frame: VideoFrame): void {
    if (!this.closed && this.#loops.see) {
      this.#loops.see(frame);
      return;
    }
    if (!this.closed) this.stats.dropped.unwanted += 1;
    frame.close();
  }

  receiveMessage(message: string | Buffer): void {
    if (!this.closed) this.#inbox.receive(message);
  }

  setInput(args: readonly unknown[]): void {
    if (this.closed) return;
    this.#inputs.set(args);
    this.#loops.wake();
  }

  readOutputs(signal?: AbortSignal): AsyncGenerator<AdditionalOutputs, void, void> {
    const { outputs } = this.#parts;
    return bareOutputs(new OutputReader(outputs, outputs.newest, signal));
  }

  /** Says something to the client, if it takes messages. */
  send(message: ServerMessage): void {
    this.#side.sendMessage(message);
  }

  /** Asks the far end for a sign of life; false once the end has begun. */
  async isAlive(timeoutMs: number): Promise<boolean> {
    if (this.closed) return false;
    const alive = await this.#parts.link.isAlive(timeoutMs).catch(() => false);
    return alive && !this.closed;
  }

  /** Has the handler begin a reply. Gives false when it takes no turns. */
  triggerResponse(): boolean {
    const { handler } = this;
    if (!handler?.triggerResponse) return false;
    void this.#try('triggerResponse', () => handler.triggerResponse?.());
    this.#loops.wake();
    return true;
  }

  async close(reason: EndReason): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      await this.#end(reason);
      this.#resolveEnded(reason);
    }
    await this.ended;
  }

  async #end(reason: EndReason): Promise<void> {
    const { link, logger, onEnding } = this.#parts;
    // One that never came has no channel for it, and is not waited for.
    if (reason === 'server-closed' && this.#started) this.send(serverClosing());
    onEnding(reason);
    clearTimeout(this.#timeLimit);
    this.#ending.abort(new InvalidStateError(`the connection has ended: ${reason}`));
    const { handler } = this;
    const work = [
      this.#try('return', () => this.#loops.close()),
      ...(handler ? [this.#try('shutdown', () => handler.shutdown())] : []),
    ];
    const [finished] = await Promise.all([
      settledWithin(Promise.all(work), shutdownMs),
      link.close(reason),
    ]);
    if (!finished) {
      logger.warn(`${this.#calls.name('shutdown')} is still at work after ${shutdownMs / 1000} s`);
    }
    this.#loops.closeGiven();
    this.#faults.close();
    this.#calls.unwatch();
  }

  /** Ends as `CloseStream` does: what was said is heard, and the client is told. */
  #finish(message: string): void {
    if (this.#finishing || this.closed) return;
    this.#finishing = true;
    // A handler may ask for it as early as when it is made.
    (this.#loops as MediaLoops | undefined)?.speech?.stop();
    void this.#sayGoodbye(message);
  }

  async #sayGoodbye(message: string): Promise<void> {
    // Whoever asked for it goes on first, and may give a last piece of sound.
    await Promise.resolve();
    await this.#loops.speech?.finish();
    this.send(endStream(message));
    await this.close('stream-ended');
  }

  #endInTime(): void {
    this.send(endStream('Time limit reached'));
    void this.close('time-limit');
  }

  async #try(method: string, call: () => unknown): Promise<void> {
    try {
      await this.#calls.run(method, call);
    } catch (error) {
      this.#fault(method, error);
    }
  }

  #fault(method: string, error: unknown): void {
    if (this.#closed && !endMethods.has(method)) {
      // Calls that the end came upon fail on what is closed by now.
      this.#parts.logger.debug({ err: error }, `${this.#calls.name(method)} failed after the end`);
      return;
    }
    this.stats.handlerErrors += 1;
    this.#faults.note(this.#calls.name(method), error);
    if (this.#parts.settings.onError === 'close') void this.close('handler-error');
  }

  #host(gives: boolean): LoopHost {
    const isClosed = (): boolean => this.closed;
    return {
      link: this.#parts.link,
      calls: this.#calls,
      inputs: this.#inputs,
      stats: this.stats,
      gives,
      get closed() {
        return isClosed();
      },
      fault: (method, error) => this.#fault(method, error),
      addOutput: (outputs) => this.#side.addOutput(outputs),
      finish: (message) => this.#finish(message),
    };
  }
}

async function* bareOutputs(reader: OutputReader): AsyncGenerator<AdditionalOutputs, void, void> {
  for await (const { outputs } of reader) yield outputs;
}
