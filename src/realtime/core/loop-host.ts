import type { AdditionalOutputs } from '../handlers/outputs.js';
import type { ConnectionStats } from './connection-stats.js';
import type { HandlerCalls } from './handler-calls.js';
import type { Inputs } from './inputs.js';
import type { TransportLink } from './transport-link.js';

/** A connection as its loops see it. */
export interface LoopHost {
  /** What carries it. */
  readonly link: TransportLink;
  /** How handlers are called. */
  readonly calls: HandlerCalls;
  /** What the client has put in. */
  readonly inputs: Inputs;
  /** Counted as it happens. */
  readonly stats: ConnectionStats;
  /** False in mode `send`: results other than outputs are ignored. */
  readonly gives: boolean;
  /** True once the end has begun. */
  readonly closed: boolean;
  /** Something was thrown by `method`; closes the connection where it is told to. */
  fault(method: string, error: unknown): void;
  /** As `HandlerConnection.addOutput`. */
  addOutput(outputs: AdditionalOutputs): void;
  /** As `HandlerConnection.close`. */
  finish(message: string): void;
}
