import { installPixelConverter } from '../../codec/pixel-converter.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { loadModule } from '../../util/load-module.js';
import { companionPackages, runningPackage } from '../../util/running-package.js';
import { runInContext } from '../handlers/context.js';
import { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import { receiveFrame, sendOutput } from './crossing.js';
import { callableOf, describeHandler, findHandler } from './loaded-handler.js';
import type { LoadedHandler } from './loaded-handler.js';
import type { BeginMessage, WorkMessage } from './protocol.js';
import type { Rpc, RpcHandler } from './rpc.js';
import { ProcessConnection } from './process-connection.js';

type Generated = Iterator<unknown> | AsyncIterator<unknown>;

function receive(frame: WorkMessage['frame']): AudioData | VideoFrame {
  if (frame === undefined) throw new TypeError('no frame was sent');
  return receiveFrame(frame);
}

/** The work of one process: its methods are what the other side calls. */
export class ProcessWork {
  /** What the other side calls. */
  readonly methods: Readonly<Record<string, RpcHandler>>;
  /** For what the handler asks of its connection. */
  rpc: Rpc | null = null;
  #handler: LoadedHandler | null = null;
  #connection: ProcessConnection | null = null;
  #generated: Generated | null = null;

  constructor() {
    installPixelConverter();
    this.methods = {
      load: (file: string) => this.#load(file),
      begin: (begin: BeginMessage) => this.#begin(begin),
      args: (args: readonly unknown[]) => {
        if (this.#connection !== null) this.#connection.latestArgs = args;
      },
      end: () => this.#connection?.end(),
      startUp: () => this.#run(() => this.#stream.startUp()),
      shutdown: () => this.#run(() => this.#stream.shutdown()),
      receive: ({ frame }: WorkMessage) =>
        this.#run(() => this.#stream.receive(receive(frame) as AudioData)),
      emit: (work: WorkMessage) => this.#emit(work),
      videoReceive: ({ frame }: WorkMessage) =>
        this.#run(() => this.#seeing.videoReceive(receive(frame) as VideoFrame)),
      videoEmit: () => this.#give(() => this.#seeing.videoEmit()),
      onMessage: ({ message }: WorkMessage) => this.#run(() => this.#tell(message)),
      onChat: ({ chat }: WorkMessage) => this.#run(() => chat && this.#stream.onChat(chat)),
      triggerResponse: () => this.#run(() => this.#stream.triggerResponse?.()),
      edit: ({ frame, inputs = [] }: WorkMessage) =>
        this.#give(() => callableOf(this.#loaded)(receive(frame), ...inputs)),
      generate: ({ inputs = [] }: WorkMessage) => this.#generate(inputs),
      next: () => this.#next(),
      return: () => this.#endGenerator(),
    };
  }

  get #loaded(): LoadedHandler {
    if (this.#handler === null) throw new TypeError('no handler is loaded');
    return this.#handler;
  }

  get #stream(): StreamHandler {
    if (this.#loaded instanceof StreamHandler) return this.#loaded;
    throw new TypeError('the module exports no StreamHandler');
  }

  get #seeing(): AudioVideoStreamHandler {
    if (this.#loaded instanceof AudioVideoStreamHandler) return this.#loaded;
    throw new TypeError('the module exports no AudioVideoStreamHandler');
  }

  async #load(file: string): Promise<unknown> {
    const { exports } = await loadModule(file, {
      provide: runningPackage,
      fallback: companionPackages,
    });
    this.#handler = findHandler(exports);
    return describeHandler(this.#handler);
  }

  #begin(begin: BeginMessage): void {
    if (this.rpc === null) throw new TypeError('there is nobody to work for');
    this.#connection = new ProcessConnection(this.rpc, begin);
    // The module's own instance serves: the process is the connection's alone.
    if (this.#loaded instanceof StreamHandler) this.#loaded.bind(this.#connection);
  }

  /** Runs user code as what it works for; its result is of no interest. */
  async #run(work: () => unknown): Promise<void> {
    await this.#inContext(work);
  }

  /** Runs user code and sends what it gives. */
  async #give(work: () => unknown): Promise<unknown> {
    return sendOutput(await this.#inContext(work));
  }

  async #inContext<T>(work: () => T): Promise<Awaited<T>> {
    if (this.#connection === null) throw new TypeError('this process works for no connection yet');
    return await runInContext(this.#connection, work);
  }

  #emit({ queuedAudioMs = 0 }: WorkMessage): Promise<unknown> {
    if (this.#connection !== null) this.#connection.queuedAudioMs = queuedAudioMs;
    return this.#give(() => this.#stream.emit());
  }

  #tell(message: string | Uint8Array = ''): unknown {
    return this.#stream.onMessage(typeof message === 'string' ? message : Buffer.from(message));
  }

  async #generate(inputs: readonly unknown[]): Promise<void> {
    await this.#inContext(() => {
      const items = callableOf(this.#loaded)(...inputs) as Iterable<unknown> &
        AsyncIterable<unknown>;
      const open = items[Symbol.asyncIterator] ?? items[Symbol.iterator];
      if (typeof open !== 'function') throw new TypeError('the handler gave nothing to iterate');
      this.#generated = open.call(items) as Generated;
    });
  }

  async #next(): Promise<unknown> {
    const result = await this.#inContext(() => this.#generated?.next());
    const done = result === undefined || result.done === true;
    return { done, output: sendOutput(done ? undefined : result.value) };
  }

  async #endGenerator(): Promise<void> {
    const generated = this.#generated;
    this.#generated = null;
    await this.#inContext(() => generated?.return?.());
  }
}
