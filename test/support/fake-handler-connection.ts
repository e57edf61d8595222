import { WebRTCError } from '../../src/realtime/handlers/webrtc-error.js';
import type {
  ConnectionContext,
  HandlerConnection,
  TransportName,
} from '../../src/realtime/handlers/handler-connection.js';
import type { AdditionalOutputs } from '../../src/realtime/handlers/outputs.js';

/** A connection that writes down what its handler asks of it. */
export class FakeHandlerConnection implements HandlerConnection {
  readonly ending: AbortController = new AbortController();
  readonly context: ConnectionContext;
  readonly messages: (string | object)[] = [];
  readonly outputs: AdditionalOutputs[] = [];
  latestArgs: readonly unknown[] | null = null;
  queuedAudioMs = 0;
  cleared = 0;
  closedWith: string | null = null;

  constructor(webrtcId = 'visitor', transport: TransportName = 'webrtc') {
    const { signal } = this.ending;
    this.context = { webrtcId, transport, headers: {}, fields: {}, signal };
  }

  get phoneMode(): boolean {
    return this.context.transport === 'telephone';
  }

  sendMessage(message: string | object): void {
    this.messages.push(message);
  }

  waitForArgs(): Promise<readonly unknown[]> {
    if (this.latestArgs !== null) return Promise.resolve(this.latestArgs);
    return Promise.reject(new WebRTCError('no inputs came'));
  }

  addOutput(outputs: AdditionalOutputs): void {
    this.outputs.push(outputs);
  }

  clearQueue(): void {
    this.cleared += 1;
  }

  close(message = 'Stream closed'): void {
    this.closedWith = message;
  }
}
