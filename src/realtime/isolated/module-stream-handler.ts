import { InvalidStateError } from '../../errors.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import type { AudioOutput, VideoOutput } from '../handlers/outputs.js';
import { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import type { ChatMessage } from '../handlers/stream-handler.js';
import { ModuleWork } from './module-work.js';
import type { ProcessPool } from './process-pool.js';
import type { HandlerDescription } from './protocol.js';

type StreamDescription = Extract<HandlerDescription, { kind: 'stream' | 'audio-video' }>;

/** The calls that both kinds of handlers hand on to their process. */
class Calls {
  readonly pool: ProcessPool;
  readonly description: StreamDescription;
  #work: ModuleWork | null = null;

  constructor(pool: ProcessPool, description: StreamDescription) {
    this.pool = pool;
    this.description = description;
  }

  bind(connection: HandlerConnection): void {
    this.#work = new ModuleWork(this.pool, connection);
  }

  get work(): ModuleWork {
    if (this.#work === null) throw new InvalidStateError('the handler has no connection yet');
    return this.#work;
  }

  tell(message: string | Buffer): Promise<void> {
    return this.work.run('onMessage', { message });
  }

  async shutdown(): Promise<void> {
    await this.#work?.close('shutdown');
  }
}

/** A `StreamHandler` of a module, at work in a process of its own. */
export class ModuleStreamHandler extends StreamHandler {
  readonly #calls: Calls;

  /** @internal */
  constructor(pool: ProcessPool, description: StreamDescription) {
    super(description.options);
    this.#calls = new Calls(pool, description);
    if (description.triggers) this.triggerResponse = () => trigger(this.#calls);
  }

  copy(): ModuleStreamHandler {
    return new ModuleStreamHandler(this.#calls.pool, this.#calls.description);
  }

  override bind(connection: HandlerConnection): void {
    super.bind(connection);
    this.#calls.bind(connection);
  }

  override startUp(): Promise<void> {
    return this.#calls.work.startUp();
  }

  override shutdown(): Promise<void> {
    return this.#calls.shutdown();
  }

  receive(frame: AudioData): Promise<void> {
    return this.#calls.work.run('receive', {}, frame);
  }

  emit(): Promise<AudioOutput> {
    return emit(this.#calls, this.connection);
  }

  override onMessage(message: string | Buffer): Promise<void> {
    return this.#calls.tell(message);
  }

  override onChat(chat: ChatMessage): Promise<void> {
    return this.#calls.work.run('onChat', { chat });
  }

  /** Ends the processes that wait for connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.pool.close();
  }
}

/** An `AudioVideoStreamHandler` of a module, at work in a process of its own. */
export class ModuleAudioVideoHandler extends AudioVideoStreamHandler {
  readonly #calls: Calls;

  /** @internal */
  constructor(pool: ProcessPool, description: StreamDescription) {
    super(description.options);
    this.#calls = new Calls(pool, description);
    if (description.triggers) this.triggerResponse = () => trigger(this.#calls);
  }

  copy(): ModuleAudioVideoHandler {
    return new ModuleAudioVideoHandler(this.#calls.pool, this.#calls.description);
  }

  override bind(connection: HandlerConnection): void {
    super.bind(connection);
    this.#calls.bind(connection);
  }

  override startUp(): Promise<void> {
    return this.#calls.work.startUp();
  }

  override shutdown(): Promise<void> {
    return this.#calls.shutdown();
  }

  receive(frame: AudioData): Promise<void> {
    return this.#calls.work.run('receive', {}, frame);
  }

  emit(): Promise<AudioOutput> {
    return emit(this.#calls, this.connection);
  }

  videoReceive(frame: VideoFrame): Promise<void> {
    return this.#calls.work.run('videoReceive', {}, frame);
  }

  async videoEmit(): Promise<VideoOutput> {
    return (await this.#calls.work.give('videoEmit')) as VideoOutput;
  }

  override onMessage(message: string | Buffer): Promise<void> {
    return this.#calls.tell(message);
  }

  override onChat(chat: ChatMessage): Promise<void> {
    return this.#calls.work.run('onChat', { chat });
  }

  /** Ends the processes that wait for connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.pool.close();
  }
}

async function emit(calls: Calls, { queuedAudioMs }: HandlerConnection): Promise<AudioOutput> {
  return (await calls.work.give('emit', { queuedAudioMs })) as AudioOutput;
}

function trigger(calls: Calls): void {
  // What goes wrong is told by the process's next call.
  calls.work.run('triggerResponse').catch(() => undefined);
}
