import type {
  ConnectionContext,
  HandlerConnection,
  WaitOptions,
} from '../handlers/handler-connection.js';
import type { AdditionalOutputs } from '../handlers/outputs.js';
import { WebRTCError } from '../handlers/webrtc-error.js';
import { fetchOutput, sendInput } from '../wire.js';
import type { ConnectionStats } from './connection-stats.js';
import type { Inputs } from './inputs.js';
import type { MediaLoops } from './media-loops.js';
import type { OutputLog } from './output-log.js';
import type { TransportLink } from './transport-link.js';

/** How long `waitForArgs` waits by itself, ms. */
const inputsWithinMs = 60_000;

/** What a {@link HandlerSide} stands on. */
export interface HandlerSideParts {
  readonly context: ConnectionContext;
  readonly link: TransportLink;
  readonly inputs: Inputs;
  readonly outputs: OutputLog;
  readonly stats: ConnectionStats;
  readonly loops: () => MediaLoops | undefined;
  readonly finish: (message: string) => void;
}

/** A connection as its handler sees it. */
export class HandlerSide implements HandlerConnection {
  readonly context: ConnectionContext;
  readonly #parts: HandlerSideParts;

  constructor(parts: HandlerSideParts) {
    this.context = parts.context;
    this.#parts = parts;
  }

  get phoneMode(): boolean {
    return this.#parts.link.name === 'telephone';
  }

  get latestArgs(): readonly unknown[] | null {
    return this.#parts.inputs.latest;
  }

  get queuedAudioMs(): number {
    return this.#parts.loops()?.speech?.queuedMs ?? 0;
  }

  sendMessage(message: string | object): void {
    const { context, link } = this.#parts;
    const text = typeof message === 'string' ? message : toJson(message);
    if (!context.signal.aborted && link.takesMessages) link.send(text);
  }

  async waitForArgs(options: WaitOptions = {}): Promise<readonly unknown[]> {
    const { context, inputs } = this.#parts;
    const { timeoutMs = inputsWithinMs, signal } = options;
    if (this.phoneMode) return inputs.latest ?? [];
    const signals = signal ? [signal, context.signal] : [context.signal];
    const late = (): Error => new WebRTCError(`no inputs came within ${timeoutMs / 1000} s`);
    const next = inputs.next(timeoutMs, signals, late);
    if (signals.every(({ aborted }) => !aborted)) this.sendMessage(sendInput());
    return next;
  }

  addOutput(outputs: AdditionalOutputs): void {
    if (this.context.signal.aborted) return;
    this.#parts.stats.outputs += 1;
    this.#parts.outputs.add(outputs);
    this.sendMessage(fetchOutput());
  }

  clearQueue(): void {
    if (!this.context.signal.aborted) this.#parts.loops()?.speech?.clear();
  }

  close(message = 'Stream closed'): void {
    this.#parts.finish(message);
  }
}

function toJson(message: unknown): string {
  const text = JSON.stringify(message) as string | undefined;
  if (typeof message === 'object' && text !== undefined) return text;
  throw new TypeError(`message: expected text or an object, got ${typeof message}`);
}
