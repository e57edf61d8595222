import type { AudioData } from '../../src/media/audio-data.js';
import type { VideoFrame } from '../../src/media/video-frame.js';
import type {
  ConnectionRequest,
  ConnectionSlot,
  MediaConnection,
  StreamPort,
} from '../../src/realtime/core/stream-port.js';
import type { EndReason, TransportLink } from '../../src/realtime/core/transport-link.js';
import { AdditionalOutputs } from '../../src/realtime/handlers/outputs.js';
import { StreamHandler } from '../../src/realtime/handlers/stream-handler.js';

/** A handler with rates, which nobody runs. */
export class RatesHandler extends StreamHandler {
  copy(): RatesHandler {
    return new RatesHandler({
      inputSampleRate: this.inputSampleRate,
      outputSampleRate: this.outputSampleRate,
    });
  }
  receive(): void {}
  emit(): null {
    return null;
  }
}

/** A connection that notes what its transport does. */
export class FakeConnection implements MediaConnection {
  readonly id: string;
  readonly handler: StreamHandler;
  readonly link: TransportLink;
  readonly audio: AudioData[] = [];
  readonly received: (string | Buffer)[] = [];
  readonly inputs: (readonly unknown[])[] = [];
  /** What `readOutputs()` gives. */
  readonly outputs: AdditionalOutputs[] = [new AdditionalOutputs('first', 2)];
  starts = 0;
  closed = false;
  readonly ended: Promise<EndReason>;
  #end!: (reason: EndReason) => void;
  reason: EndReason | null = null;

  constructor(id: string, handler: StreamHandler, link: TransportLink) {
    this.id = id;
    this.handler = handler;
    this.link = link;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(): void {
    this.starts += 1;
  }

  receiveAudio(frame: AudioData): void {
    this.audio.push(frame);
  }

  receiveVideo(frame: VideoFrame): void {
    frame.close();
  }

  receiveMessage(message: string | Buffer): void {
    this.received.push(message);
  }

  setInput(args: readonly unknown[]): void {
    this.inputs.push(args);
  }

  async *readOutputs(): AsyncGenerator<AdditionalOutputs> {
    yield* this.outputs;
  }

  async close(reason: EndReason): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.reason = reason;
    await this.link.close(reason);
    this.#end(reason);
  }
}

/** A stream that takes everybody, unless told otherwise. */
export class FakeStreamPort implements StreamPort {
  modality: StreamPort['modality'] = 'audio';
  mode: StreamPort['mode'] = 'send-receive';
  readonly prototype: StreamHandler;
  readonly requests: ConnectionRequest[] = [];
  readonly connections: FakeConnection[] = [];
  released = 0;
  /** What `reserve()` waits for, and may reject with. */
  gate: Promise<void> = Promise.resolve();
  /** What `attach()` throws. */
  attachFault: Error | null = null;

  constructor(prototype: StreamHandler = new RatesHandler()) {
    this.prototype = prototype;
  }

  async reserve(request: ConnectionRequest): Promise<ConnectionSlot> {
    this.requests.push(request);
    await this.gate;
    return {
      attach: (link) => {
        if (this.attachFault !== null) throw this.attachFault;
        const connection = new FakeConnection(request.id, this.prototype.copy(), link);
        this.connections.push(connection);
        return connection;
      },
      release: () => {
        this.released += 1;
      },
    };
  }

  find(id: string): FakeConnection | undefined {
    return this.connections.find((connection) => connection.id === id && !connection.closed);
  }

  hasEnded(): boolean {
    return false;
  }
}
