import type { AudioData } from '../../src/media/audio-data.js';
import type { AudioOutput } from '../../src/realtime/handlers/outputs.js';
import { StreamHandler } from '../../src/realtime/handlers/stream-handler.js';
import type { StreamHandlerOptions } from '../../src/realtime/handlers/stream-handler.js';

/** What happened to the handlers of a test, all connections together. */
export interface HandlerLog {
  startUps: number;
  shutdowns: number;
  messages: (string | Buffer)[];
  heard: AudioData[];
}

export function newHandlerLog(): HandlerLog {
  return { startUps: 0, shutdowns: 0, messages: [], heard: [] };
}

/** Says what it hears. */
export class EchoHandler extends StreamHandler {
  readonly log: HandlerLog;
  readonly #options: StreamHandlerOptions;
  readonly queue: AudioData[] = [];

  constructor(log: HandlerLog, options: StreamHandlerOptions = {}) {
    super(options);
    this.log = log;
    this.#options = options;
  }

  copy(): EchoHandler {
    return new EchoHandler(this.log, this.#options);
  }

  override startUp(): void {
    this.log.startUps += 1;
  }

  receive(frame: AudioData): void {
    this.log.heard.push(frame);
    this.queue.push(frame);
  }

  emit(): AudioOutput {
    return this.queue.shift();
  }

  override onMessage(message: string | Buffer): void {
    this.log.messages.push(message);
  }

  override shutdown(): void {
    this.log.shutdowns += 1;
  }
}

/** Says one thing, and takes back what was not heard of it when `interrupt()` is called. */
export function interruptible(sentence: () => AudioData): {
  handler: ScriptHandler;
  interrupt: () => void;
} {
  let said = false;
  let interrupted = false;
  const handler = new ScriptHandler(newHandlerLog(), (self) => {
    if (interrupted) {
      interrupted = false;
      self.clearQueue();
      return null;
    }
    if (said) return null;
    said = true;
    return sentence();
  });
  return { handler, interrupt: () => void (interrupted = true) };
}

/** Does what the test tells it by a function, for one connection. */
export class ScriptHandler extends StreamHandler {
  readonly #script: (handler: ScriptHandler) => AudioOutput | Promise<AudioOutput>;
  readonly log: HandlerLog;

  constructor(
    log: HandlerLog,
    script: (handler: ScriptHandler) => AudioOutput | Promise<AudioOutput>,
    options: StreamHandlerOptions = {},
  ) {
    super(options);
    this.log = log;
    this.#script = script;
  }

  copy(): ScriptHandler {
    const { inputSampleRate, outputSampleRate } = this;
    return new ScriptHandler(this.log, this.#script, { inputSampleRate, outputSampleRate });
  }

  override startUp(): void {
    this.log.startUps += 1;
  }

  receive(frame: AudioData): void {
    this.log.heard.push(frame);
  }

  emit(): AudioOutput | Promise<AudioOutput> {
    return this.#script(this);
  }

  override shutdown(): void {
    this.log.shutdowns += 1;
  }
}
