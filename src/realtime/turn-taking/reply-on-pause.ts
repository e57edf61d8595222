import type { Logger } from '../../logger.js';
import { AudioData } from '../../media/audio-data.js';
import { checkType } from '../../util/check-options.js';
import { AdditionalOutputs } from '../handlers/outputs.js';
import type { AudioOutput } from '../handlers/outputs.js';
import { ownWork } from '../handlers/own-work.js';
import { StreamHandler } from '../handlers/stream-handler.js';
import type { ChatMessage, StreamHandlerOptions } from '../handlers/stream-handler.js';
import { Ear } from './ear.js';
import type { EarListener, EarOptions } from './ear.js';
import { readPushToTalk } from './push-to-talk.js';
import { Reply, replyEnd } from './reply.js';
import type { ReplyResult } from './reply.js';
import { SileroVad } from './silero-vad.js';
import { checkReplyFields, checkReplyNames, knownByName } from './reply-options.js';
import { readTurnOptions } from './turn-options.js';
import type { AlgoOptions, ModelOptions, TurnSettings } from './turn-options.js';
import type { VoiceActivityDetector } from './voice-activity-detector.js';
import { prepare } from './prepare.js';

/**
 * Answers a turn: `(audio, ...inputs) => reply`. A generator's outputs are played as they come. `audio` is 16-bit, at the
 * handler's `inputSampleRate` and layout.
 */
export type ReplyFunction = (audio: AudioData, ...inputs: never[]) => ReplyResult;

/** Speaks first: `(...inputs) => reply`. */
export type StartupFunction = (...inputs: never[]) => ReplyResult;

/** How {@link ReplyOnPause} takes turns. */
export interface ReplyOnPauseOptions extends Omit<StreamHandlerOptions, 'fps'> {
  /** Its reply is played when the client has connected. */
  startupFn?: StartupFunction;
  /** When turns begin and end. */
  algoOptions?: AlgoOptions;
  /** What is taken for speech. */
  modelOptions?: ModelOptions;
  /**
   * True: a reply ends when the visitor begins to speak. False: what the visitor says is not listened to until the reply
   * has been played. Default `true`.
   */
  canInterrupt?: boolean;
  /** The voice activity detector. Default a {@link SileroVad}. */
  model?: VoiceActivityDetector;
  /** Ask for inputs (`send_input`) also when the function does not show that it takes some: `(audio, ...inputs)`, `(audio, x = 1)`. Default `false`. */
  needsArgs?: boolean;
  /** Turns begin and end by push-to-talk only; the voice activity detector is not used. Default `false`. */
  pushToTalk?: boolean;
  /** Told once when the detector fails. Default: a process warning. */
  logger?: Logger;
}

/**
 * Listens until the visitor pauses, calls a function with what was said, and plays what it gives.
 *
 * One turn, as the client is told: `started_talking`, `pause_detected`, `send_input` when the function takes inputs,
 * `response_starting` before the first sound of the reply. All of it follows the sound's own time, so that a sound that
 * comes late or in bursts is cut at the same places.
 *
 * A function that throws ends its reply; the connection reports it and the next turn is answered again. One that waits for
 * ever holds up nothing: the next turn interrupts it.
 */
export class ReplyOnPause extends StreamHandler {
  /** As given. */
  readonly fn: ReplyFunction;
  /** As given. */
  readonly options: ReplyOnPauseOptions;
  readonly #settings: TurnSettings;
  readonly #vad: VoiceActivityDetector;
  #ear: Ear | null = null;
  #reply: Reply | null = null;
  /** Something was emitted since the queues were emptied last. */
  #spoke = false;
  /** The client was told that this reply begins to sound. */
  #announced = false;
  #deaf = false;
  #faulted = false;
  #ended = false;
  /** Counts how often the queues were emptied: what `emit` gives is thrown away when that happens meanwhile. */
  #epoch = 0;
  #wake: (() => void) | null = null;
  /** On a telephone: the outputs of a turn are the inputs of the next. */
  #carried: { args: readonly unknown[]; over: readonly unknown[] | null } | null = null;

  /** @throws {TypeError} or {RangeError} naming the option. */
  constructor(fn: ReplyFunction, options: ReplyOnPauseOptions = {}) {
    super(options);
    checkType('fn', fn, 'function');
    // Classes of an application's own may have options of their own.
    if (new.target === ReplyOnPause) checkReplyNames(options);
    checkReplyFields(options);
    this.#settings = readTurnOptions(options.algoOptions, options.modelOptions);
    this.#vad = options.model ?? new SileroVad();
    this.fn = fn;
    // Copies share the detector.
    this.options = knownByName({ ...options, model: this.#vad });
    // A failure shows again, and is reported, with the first sound.
    if (options.pushToTalk !== true) prepare(this.#vad);
  }

  /** Subclasses override it. */
  override copy(): ReplyOnPause {
    return new ReplyOnPause(this.fn, this.options);
  }

  /** True from the beginning of a turn to its end. */
  get talking(): boolean {
    return this.#ear?.talking ?? false;
  }

  /** True from the end of a turn until its reply has been made; it may still be playing then. */
  get replying(): boolean {
    return this.#reply !== null;
  }

  override startUp(): void {
    const { startupFn, needsArgs = false } = this.options;
    if (startupFn === undefined || this.#ended) return;
    this.#begin((inputs) => startupFn(...inputs), needsArgs || startupFn.length > 0);
  }

  override async receive(frame: AudioData): Promise<void> {
    if (this.#ended) return;
    const ear = ownWork(() => this.#listen());
    if (this.#mustNotListen()) {
      this.#deaf = true;
      return;
    }
    // What was left out must not be taken for the beginning of what comes.
    if (this.#deaf) ear.reset();
    this.#deaf = false;
    await ear.receive(frame);
  }

  override async emit(): Promise<AudioOutput> {
    const epoch = this.#epoch;
    while (!this.#ended) {
      const reply = this.#reply;
      const output = await (reply === null ? this.#idle() : this.#draw(reply));
      if (output !== replyEnd && reply?.cancelled === false) {
        this.#note(output);
        return output;
      }
      // The next reply's sound would be thrown away with this call's.
      if (epoch !== this.#epoch) break;
    }
    return null;
  }

  /**
   * Begins a reply now, to what has been said of this turn, or to no sound at all. A reply under way ends; when it must not be
   * interrupted, nothing happens.
   */
  override triggerResponse(): void {
    if (!this.#ended && !this.#mustNotListen()) this.#answer(this.#listen().take());
  }

  /**
   * Begins a turn that lasts until {@link stopTalking}, e.g. while a button is held. A reply under way ends; when it must not
   * be interrupted, nothing happens. Same as the client's message `{"type":"push_to_talk","data":"start"}`.
   */
  startTalking(): void {
    if (this.#ended || this.#mustNotListen()) return;
    this.interrupt();
    this.#listen().hold();
  }

  /** Ends the turn that {@link startTalking} began: the reply follows at once. Message: `"data":"stop"`. */
  stopTalking(): void {
    this.#ear?.release();
  }

  /** Ends the reply under way, and silences what has been emitted of it. Nothing without one. */
  interrupt(): void {
    if (this.#reply === null && !this.#spoke) return;
    this.#cancelReply();
    this.clearQueue();
  }

  /** Throws away sound that was emitted and not heard yet; the reply goes on. */
  override clearQueue(): void {
    this.#epoch += 1;
    this.#spoke = false;
    // What emit() gives now would be thrown away: it gives nothing, and is called again.
    this.#wake?.();
    super.clearQueue();
  }

  /** Takes the messages of push-to-talk. Subclasses that override it call it. */
  override onMessage(message: string | Buffer): void | Promise<void> {
    const button = readPushToTalk(message);
    if (button === 'start') this.startTalking();
    if (button === 'stop') this.stopTalking();
  }

  /** Ends the reply at `stop_chat`. Subclasses that override it call it. */
  override onChat({ type }: ChatMessage): void | Promise<void> {
    if (type === 'stop_chat') this.interrupt();
  }

  override shutdown(): void | Promise<void> {
    this.#ended = true;
    this.#cancelReply();
    this.#wake?.();
    this.#ear?.close();
  }

  /** @internal Makes what listens, once for each connection. */
  protected makeEar(options: EarOptions, listener: EarListener): Ear {
    return new Ear(options, listener);
  }

  #listen(): Ear {
    const options: EarOptions = {
      settings: this.#settings,
      vad: this.#vad,
      sampleRate: this.inputSampleRate,
      numberOfChannels: this.expectedLayout === 'stereo' ? 2 : 1,
      pushToTalk: this.options.pushToTalk ?? false,
    };
    return (this.#ear ??= this.makeEar(options, {
      onSpeech: () => {
        if (this.#canInterrupt) this.interrupt();
      },
      onStarted: () => this.#log('started_talking'),
      onTurn: (audio) => this.#answer(audio),
      onFault: (error) => this.#report(error),
    }));
  }

  get #canInterrupt(): boolean {
    return this.options.canInterrupt ?? true;
  }

  /** True while a reply that must not be interrupted is made or played. */
  #mustNotListen(): boolean {
    if (this.#canInterrupt) return false;
    return this.#reply !== null || this.connection.queuedAudioMs > 0;
  }

  #answer(audio: AudioData): void {
    if (this.#canInterrupt) this.interrupt();
    this.#log('pause_detected');
    const { fn } = this;
    const needsArgs = this.options.needsArgs === true || fn.length > 1;
    this.#begin((inputs) => fn(audio, ...inputs), needsArgs);
  }

  #begin(produce: (inputs: never[]) => ReplyResult, needsArgs: boolean): void {
    this.#cancelReply();
    this.#announced = false;
    this.#reply = new Reply(async (signal) =>
      produce((needsArgs ? await this.#inputs(signal) : []) as never[]),
    );
    this.#wake?.();
  }

  async #inputs(signal: AbortSignal): Promise<readonly unknown[]> {
    // Nobody answers `send_input` on a telephone; what the app has set since comes before what was carried over.
    if (this.phoneMode && this.#carried?.over === this.latestArgs) return this.#carried.args;
    return this.waitForArgs({ signal });
  }

  /** Waits for something to happen. */
  async #idle(): Promise<typeof replyEnd> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return replyEnd;
  }

  async #draw(reply: Reply): Promise<AudioOutput | typeof replyEnd> {
    const output = await reply.next().catch((error: unknown) => {
      this.#forget(reply);
      throw error;
    });
    if (output === replyEnd && this.#forget(reply)) this.#announce();
    return output;
  }

  /** False when another reply has taken its place. */
  #forget(reply: Reply): boolean {
    if (this.#reply !== reply) return false;
    this.#reply = null;
    return true;
  }

  #note(output: AudioOutput): void {
    const parts: readonly unknown[] = Array.isArray(output) ? output : [output];
    for (const part of parts) {
      if (part instanceof AudioData) {
        this.#spoke = true;
        this.#announce();
      } else if (part instanceof AdditionalOutputs && this.phoneMode) {
        this.#carried = { args: part.args, over: this.latestArgs };
      }
    }
  }

  #announce(): void {
    if (!this.#announced) this.#log('response_starting');
    this.#announced = true;
  }

  #cancelReply(): void {
    this.#reply?.cancel();
    this.#reply = null;
  }

  #log(data: string): void {
    this.sendMessage({ type: 'log', data });
  }

  #report(error: unknown): void {
    if (this.#faulted) return;
    this.#faulted = true;
    const text = 'voice activity detection failed: what it fails on counts as speech';
    if (this.options.logger) this.options.logger.error({ err: error }, text);
    else process.emitWarning(`${text} (${String(error)})`);
  }
}
