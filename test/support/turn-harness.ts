import { onTestFinished } from 'vitest';
import { AudioData } from '../../src/media/audio-data.js';
import type { AudioOutput } from '../../src/realtime/handlers/outputs.js';
import { ReplyOnPause } from '../../src/realtime/turn-taking/reply-on-pause.js';
import type {
  ReplyFunction,
  ReplyOnPauseOptions,
} from '../../src/realtime/turn-taking/reply-on-pause.js';
import type {
  VoiceActivityDetector,
  VoiceActivitySession,
} from '../../src/realtime/turn-taking/voice-activity-detector.js';
import { FakeHandlerConnection } from './fake-handler-connection.js';

/** Takes loud sound for speech, at once and without doubt; or throws, as its script says. */
export class LoudnessVad implements VoiceActivityDetector {
  readonly sampleRate = 16_000;
  readonly windowSize = 512;
  loads = 0;
  sessions = 0;
  closed = 0;
  resets = 0;
  windows = 0;
  /** Thrown by `process` while set. */
  fault: Error | null = null;
  /** Thrown by `load` while set. */
  loadFault: Error | null = null;

  async load(): Promise<void> {
    this.loads += 1;
    if (this.loadFault !== null) throw this.loadFault;
  }

  createSession(): VoiceActivitySession {
    this.sessions += 1;
    return {
      process: async (window) => {
        this.windows += 1;
        if (this.fault !== null) throw this.fault;
        return window.some((sample) => Math.abs(sample) > 0.05) ? 1 : 0;
      },
      reset: () => {
        this.resets += 1;
      },
      close: () => {
        this.closed += 1;
      },
    };
  }
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Plays the part of a connection: feeds a copy of a handler with 20 ms pieces and asks it for sound. */
export class TurnHarness {
  readonly connection: FakeHandlerConnection;
  readonly handler: ReplyOnPause;
  readonly outputs: AudioOutput[] = [];
  readonly errors: unknown[] = [];
  readonly sampleRate: number;
  /** Sound fed so far. */
  fedMs = 0;
  #running: Promise<void> | null = null;
  #ended = false;

  constructor(
    prototype: ReplyOnPause,
    connection: FakeHandlerConnection = new FakeHandlerConnection(),
  ) {
    this.connection = connection;
    this.handler = prototype.copy();
    this.sampleRate = this.handler.inputSampleRate;
    this.handler.bind(connection);
  }

  /** As a connection whose media can flow. */
  start(): this {
    this.#running = this.#emitAll();
    void this.handler.startUp();
    return this;
  }

  /** What `log` messages said, and the types of the others. */
  get said(): string[] {
    return this.connection.messages.map((message) => {
      const { type, data } = message as { type: string; data?: string };
      return type === 'log' ? String(data) : type;
    });
  }

  /** Loud sound; the value of its samples tells pieces apart. */
  async say(ms: number, value = 10_000): Promise<void> {
    await this.feed(ms, value);
  }

  /** Silence. */
  async hush(ms: number): Promise<void> {
    await this.feed(ms, 0);
  }

  /** Feeds sound in pieces of 20 ms. */
  async feed(ms: number, value: number): Promise<void> {
    const channels = this.handler.expectedLayout === 'stereo' ? 2 : 1;
    const length = (this.sampleRate / 50) * channels;
    for (let fed = 0; fed < ms; fed += 20) {
      const samples = new Int16Array(length).fill(value);
      await this.handler.receive(
        AudioData.from(samples, {
          sampleRate: this.sampleRate,
          numberOfChannels: channels,
          timestamp: this.fedMs * 1000,
        }),
      );
      this.fedMs += 20;
    }
    await settle();
  }

  /** Ends the connection. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.handler.shutdown();
    await this.#running;
  }

  async #emitAll(): Promise<void> {
    while (!this.#ended) {
      const { cleared } = this.connection;
      try {
        const output = await this.handler.emit();
        // What is given after the queues were emptied is thrown away.
        const discarded = cleared !== this.connection.cleared && output instanceof AudioData;
        if (output != null && !discarded) this.outputs.push(output);
      } catch (error) {
        this.errors.push(error);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** What the client is told of a turn whose function takes no inputs. */
export const turn: readonly string[] = ['started_talking', 'pause_detected', 'response_starting'];

/** 20 ms of sound; the value of its samples tells pieces apart. */
export function piece(value = 1): AudioData {
  return AudioData.from(new Int16Array(480).fill(value), { sampleRate: 24_000 });
}

/** Waits for ever, whatever happens. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** A connection answered by `fn`, at 16 kHz, that ends with the test. */
export function answerTurns(
  fn: ReplyFunction,
  options: ReplyOnPauseOptions = {},
  connection?: FakeHandlerConnection,
): TurnHarness {
  const model = new LoudnessVad();
  const prototype = new ReplyOnPause(fn, { inputSampleRate: 16_000, model, ...options });
  const harness = new TurnHarness(prototype, connection).start();
  onTestFinished(() => harness.end());
  return harness;
}

/** What a reply function was called with. */
export interface RecordedCall {
  readonly audio: AudioData;
  readonly inputs: readonly unknown[];
}

/** A reply function that notes what it was called with, and gives these outputs. */
export function recordReplies(...outputs: AudioOutput[]): {
  calls: RecordedCall[];
  fn: (audio: AudioData, ...inputs: unknown[]) => Generator<AudioOutput>;
} {
  const calls: RecordedCall[] = [];
  return {
    calls,
    *fn(audio, ...inputs) {
      calls.push({ audio, inputs });
      yield* outputs;
    },
  };
}
