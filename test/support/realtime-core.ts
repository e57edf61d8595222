import type { FrameBacking } from '../../src/media/frame-backing.js';
import { AudioData } from '../../src/media/audio-data.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import type { Logger } from '../../src/logger.js';
import type { Connection } from '../../src/realtime/core/connection.js';
import { StreamCore } from '../../src/realtime/core/stream-core.js';
import type { HandlerChoice, StreamCoreOptions } from '../../src/realtime/core/stream-options.js';
import type { ConnectionRequest } from '../../src/realtime/core/stream-port.js';
import type { TransportName } from '../../src/realtime/handlers/handler-connection.js';
import type { AudioOutput } from '../../src/realtime/handlers/outputs.js';
import {
  AudioVideoStreamHandler,
  StreamHandler,
} from '../../src/realtime/handlers/stream-handler.js';
import type { StreamHandlerOptions } from '../../src/realtime/handlers/stream-handler.js';
import { FakeLink } from './fake-link.js';

/** A request of a client. */
export function request(id: string, transport: TransportName = 'webrtc'): ConnectionRequest {
  return { id, transport, headers: { 'user-agent': 'test' }, fields: { room: 7 } };
}

/** Connects a client to a core. */
export async function connect(
  core: StreamCore,
  id = 'visitor',
  link: FakeLink = new FakeLink(),
): Promise<{ connection: Connection; link: FakeLink }> {
  const slot = await core.reserve(request(id, link.name));
  slot.attach(link);
  const connection = core.find(id);
  if (connection === undefined) throw new Error(`${id} is not there`);
  return { connection, link };
}

/** A core with one client, whose media flow. */
export async function startOne(
  options: Omit<StreamCoreOptions, 'handler' | 'modality' | 'mode'> & HandlerChoice,
  link: FakeLink = new FakeLink(),
): Promise<{ core: StreamCore; connection: Connection; link: FakeLink }> {
  const core = new StreamCore(options);
  const { connection } = await connect(core, 'visitor', link);
  connection.start();
  return { core, connection, link };
}

/** What a {@link ScriptedHandler} does; `this` is the handler. */
export interface HandlerScript {
  startUp?(this: ScriptedHandler): void | Promise<void>;
  receive?(this: ScriptedHandler, frame: AudioData): void | Promise<void>;
  emit?(this: ScriptedHandler): AudioOutput | Promise<AudioOutput>;
  shutdown?(this: ScriptedHandler): void | Promise<void>;
  onMessage?(this: ScriptedHandler, message: string | Buffer): void | Promise<void>;
}

/** A handler by script, which notes its copies. */
export class ScriptedHandler extends StreamHandler {
  readonly script: HandlerScript;
  readonly options: StreamHandlerOptions;
  readonly copies: ScriptedHandler[];
  readonly received: AudioData[] = [];
  readonly chats: unknown[] = [];
  emits = 0;
  startUps = 0;
  shutdowns = 0;

  constructor(
    script: HandlerScript = {},
    options: StreamHandlerOptions = {},
    copies: ScriptedHandler[] = [],
  ) {
    super(options);
    this.script = script;
    this.options = options;
    this.copies = copies;
  }

  copy(): ScriptedHandler {
    const copy = new ScriptedHandler(this.script, this.options, this.copies);
    this.copies.push(copy);
    return copy;
  }

  override startUp(): void | Promise<void> {
    this.startUps += 1;
    return this.script.startUp?.call(this);
  }

  receive(frame: AudioData): void | Promise<void> {
    this.received.push(frame);
    return this.script.receive?.call(this, frame);
  }

  emit(): AudioOutput | Promise<AudioOutput> {
    this.emits += 1;
    return this.script.emit?.call(this);
  }

  override shutdown(): void | Promise<void> {
    this.shutdowns += 1;
    return this.script.shutdown?.call(this);
  }

  override onMessage(message: string | Buffer): void | Promise<void> {
    return this.script.onMessage?.call(this, message);
  }

  override onChat(message: unknown): void {
    this.chats.push(message);
  }
}

/** A handler of sound and pictures that does nothing. */
export class SilentBoth extends AudioVideoStreamHandler {
  copy(): SilentBoth {
    return new SilentBoth();
  }
  receive(): void {}
  emit(): null {
    return null;
  }
  videoReceive(): void {}
  videoEmit(): null {
    return null;
  }
}

/** Options of a core for sound whose handler goes by `script`. */
export function scripted(
  script: HandlerScript = {},
  options: StreamHandlerOptions = {},
): { handler: ScriptedHandler; modality: 'audio' } {
  return { handler: new ScriptedHandler(script, options), modality: 'audio' };
}

/** The copy that serves the one client. @throws when there are none or several. */
export function onlyCopy({ copies }: ScriptedHandler): ScriptedHandler {
  const [copy, ...others] = copies;
  if (copy === undefined || others.length > 0) throw new Error(`${copies.length} copies were made`);
  return copy;
}

/** Gives each item once, then nothing. */
export function giveOnce(...items: unknown[]): HandlerScript {
  return { emit: () => items.shift() as AudioOutput };
}

/** Sound of one loudness. */
export function sound(ms: number, sampleRate = 48_000, numberOfChannels = 1): AudioData {
  const samples = new Int16Array((ms / 1000) * sampleRate * numberOfChannels).fill(1000);
  return AudioData.from(samples, { sampleRate, numberOfChannels });
}

/** Counts handles on pictures that are made and closed. */
export class FrameCount {
  opened = 0;
  closed = 0;

  /** Handles that nobody has closed. */
  get open(): number {
    return this.opened - this.closed;
  }

  /** A small picture whose handles are counted. */
  frame(timestamp = 0, width = 4): VideoFrame {
    return new VideoFrame(this.#backing(width), { timestamp });
  }

  #backing(codedWidth: number): FrameBacking {
    this.opened += 1;
    return {
      format: 'GRAY8',
      codedWidth,
      codedHeight: 2,
      copy: () => Buffer.alloc(codedWidth * 2),
      clone: () => this.#backing(codedWidth),
      close: () => {
        this.closed += 1;
      },
    };
  }
}

/** A line that a {@link LogRecorder} was given. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly fields: Record<string, unknown>;
}

/** A logger that keeps its lines. */
export class LogRecorder implements Logger {
  readonly lines: LogLine[] = [];

  debug = this.#method('debug');
  info = this.#method('info');
  warn = this.#method('warn');
  error = this.#method('error');

  child(): Logger {
    return this;
  }

  /** Texts of a level. */
  texts(level: LogLine['level']): string[] {
    return this.lines.filter((line) => line.level === level).map(({ text }) => text);
  }

  #method(level: LogLine['level']): Logger['info'] {
    return (first: object | string, text?: string): void => {
      const fields = typeof first === 'string' ? {} : (first as Record<string, unknown>);
      this.lines.push({ level, text: text ?? (first as string), fields });
    };
  }
}

/** What a promise rejects with, now or later. */
export function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
}
