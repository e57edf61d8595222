import { AudioData } from '../../media/audio-data.js';
import { Backoff } from '../../util/backoff.js';
import { currentEmission } from '../handlers/context.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import { Alarm } from './alarm.js';
import { soundBeat } from './beat.js';
import { readResult } from './handler-result.js';
import type { HandlerResult } from './handler-result.js';
import { isThenable } from './is-thenable.js';
import type { LoopHost } from './loop-host.js';
import { PieceCutter } from './piece-cutter.js';
import { pieceMs, PlayoutQueue } from './playout-queue.js';
import { SteadySound } from './steady-sound.js';
import { Waker } from './waker.js';

/** How soon a handler that gave nothing is asked again, ms; later when it has given nothing for a while. */
const idleMs = 10;
/** For so long, in ms, and how soon it is asked then. */
const idleSteps = [
  [5000, 40],
  [1000, 20],
] as const;
/** A result without sound costs this long, ms, so that a handler that gives outputs only does not spin. */
const soundlessMs = 1;
/** How long a handler that always has sound may keep the event loop to itself, ms. */
const breathMs = 5;

/** In place of what a call of `emit` that failed would have given. */
const failed: unique symbol = Symbol('failed');

/** One call of `emit`. */
interface Emission {
  discarded: boolean;
}

/** Asks a handler for sound and plays what it gives: right away, where its `emit` needs no waiting. */
export class AudioEmitter {
  readonly #handler: StreamHandler;
  readonly #host: LoopHost;
  readonly #cutter: PieceCutter;
  readonly #queue: PlayoutQueue;
  readonly #alarm = new Alarm(() => {
    if (this.#state !== 'waiting') this.#ask(performance.now());
  });
  readonly #farewell = new Waker();
  readonly #retry = new Backoff(idleMs, 1000);
  readonly #steady = new SteadySound();
  readonly #name: string;
  readonly #call = (): unknown => this.#handler.emit();
  /** The call of `emit` under way; a new object each. */
  #emission: Emission | null = null;
  /** Of the handler: asked, or not to be asked yet; free to be woken; not to be woken, after a failure. */
  #state: 'waiting' | 'idle' | 'backing-off' = 'waiting';
  #woken = false;
  #askedAt = -Infinity;
  /** When it gave something last. */
  #idleSince = performance.now();
  #ending = false;
  #closed = false;

  constructor(handler: StreamHandler, host: LoopHost) {
    this.#handler = handler;
    this.#host = host;
    this.#name = host.calls.name('emit');
    this.#cutter = new PieceCutter(handler.outputSampleRate, host.link.audioRates);
    this.#queue = new PlayoutQueue({
      leadMs: host.link.audioLeadMs,
      play: (piece) => {
        host.stats.audioOut += 1;
        host.link.playAudio(piece);
      },
      holdsRest: () => this.#cutter.holdsRest,
      onDry: () => this.#flush(),
    });
  }

  /** See `HandlerConnection.queuedAudioMs`. */
  get queuedMs(): number {
    return this.#queue.queuedMs;
  }

  /** Asks from now on, until the handler ends the connection, or `close()`. */
  start(): void {
    this.#ask(performance.now());
  }

  /** There is something new for the handler: it is asked at once. */
  wake(): void {
    this.#woken = true;
    if (this.#state === 'idle') this.#ask(performance.now());
  }

  /** The client's sound has come, whether or not the handler has been given some yet: it is asked if that was not done just now. */
  heard(): void {
    const now = performance.now();
    this.#steady.note(now);
    if (this.#state === 'idle' && now - this.#askedAt > breathMs) this.#ask(now);
  }

  /** As `HandlerConnection.clearQueue`. */
  clear(): void {
    // A call that clears what was there before means to keep what it gives itself.
    if (this.#emission !== null && currentEmission() !== this.#emission) {
      this.#emission.discarded = true;
    }
    this.#cutter.reset();
    this.#host.stats.dropped.audioOutCleared += this.#queue.clear();
    this.#host.link.clearAudio();
  }

  /** Asks for no more; a call of `emit` under way still counts. */
  stop(): void {
    this.#ending = true;
    this.#alarm.cancel();
    soundBeat.delete(this.#onBeat);
  }

  /** Stops, and resolves when all that was emitted has been heard, as far as that can be known. */
  async finish(): Promise<void> {
    this.stop();
    // A call of `emit` that asked for the end itself still gives its last piece.
    await this.#farewell.sleep(1);
    if (this.#closed) return;
    this.#flush();
    while (this.#queue.queuedMs > 0) await this.#queue.change();
    if (this.#closed) return;
    if (this.#host.link.audioPlayed) await this.#host.link.audioPlayed();
    else await this.#farewell.sleep(this.#queue.leftMs);
  }

  /** Ends the loop; what waits is thrown away. */
  close(): void {
    this.stop();
    this.#closed = true;
    this.#farewell.close();
    this.#queue.close();
    this.#cutter.close();
  }

  /**
   * Calls the handler until it has nothing more for now.
   *
   * @param began - Since when it has not let anybody else run.
   */
  #ask(began: number): void {
    this.#state = 'waiting';
    this.#askedAt = began;
    while (!this.#ending) {
      if (this.#queue.full) {
        void this.#queue.change().then(() => this.#ask(performance.now()));
        return;
      }
      const emission: Emission = { discarded: false };
      const given = this.#emit(emission);
      if (isThenable(given)) {
        void this.#await(given, emission, began);
        return;
      }
      if (!this.#goesOn(this.#take(given, emission), began)) return;
    }
  }

  async #await(given: PromiseLike<unknown>, emission: Emission, began: number): Promise<void> {
    let value: unknown = failed;
    try {
      value = await given;
    } catch (error) {
      this.#host.fault('emit', error);
    }
    if (this.#goesOn(this.#take(value, emission), began)) this.#ask(began);
  }

  #emit(emission: Emission): unknown {
    this.#emission = emission;
    this.#woken = false;
    try {
      return this.#host.calls.run('emit', this.#call, emission);
    } catch (error) {
      this.#host.fault('emit', error);
      return failed;
    }
  }

  /** Plays and keeps what a call gave; `null` when it failed. */
  #take(value: unknown, { discarded }: Emission): HandlerResult<AudioData> | null {
    this.#emission = null;
    if (value === failed) return null;
    try {
      const result = readResult(value, AudioData, this.#name);
      if (this.#closed) return null;
      if (result.outputs) this.#host.addOutput(result.outputs);
      if (result.frame) this.#play(result.frame, discarded);
      return result;
    } catch (error) {
      this.#host.fault('emit', error);
      return null;
    }
  }

  #play(frame: AudioData, discarded: boolean): void {
    if (!this.#host.gives) {
      this.#host.stats.dropped.unwanted += 1;
      return;
    }
    if (discarded) {
      this.#host.stats.dropped.audioOutCleared += Math.ceil(frame.duration / 1000 / pieceMs);
      return;
    }
    if (this.#cutter.fits(frame) && this.#queue.pass(frame)) return;
    this.#queue.push(this.#cutter.push(frame));
  }

  /** Plays what is less than a piece. */
  #flush(): void {
    const rest = this.#cutter.flush();
    if (rest.length > 0) this.#queue.push(rest);
  }

  /**
   * Whether the handler is to be asked again at once; if not, sees to it that it is asked later.
   *
   * @param result - `null`: the call failed.
   * @param began - Since when it has not let anybody else run.
   */
  #goesOn(result: HandlerResult<AudioData> | null, began: number): boolean {
    if (this.#ending) return false;
    const now = performance.now();
    if (result === null) return this.#rest('backing-off', now, this.#retry.next());
    this.#retry.reset();
    const { frame, outputs, close } = result;
    if (close) {
      this.#host.finish(close.message);
      return false;
    }
    if (frame || outputs) this.#idleSince = now;
    if (frame !== null && frame.numberOfFrames > 0 && this.#host.gives) {
      if (now - began < breathMs) return true;
      setImmediate(() => this.#ask(performance.now()));
      return false;
    }
    // What came while it was asked may not have been seen.
    if (outputs || this.#woken) return this.#rest('idle', now, soundlessMs);
    if (!this.#steady.at(now)) return this.#rest('idle', now, this.#idleMs(now));
    // The next piece of the client's sound is as good as a timer.
    this.#state = 'idle';
    this.#alarm.cancel();
    soundBeat.add(this.#onBeat);
    return false;
  }

  readonly #onBeat = (): void => {
    const now = performance.now();
    if (this.#steady.at(now)) return;
    soundBeat.delete(this.#onBeat);
    if (this.#state === 'idle') this.#ask(now);
  };

  #rest(state: 'idle' | 'backing-off', now: number, ms: number): false {
    this.#state = state;
    this.#alarm.set(now + ms, now);
    return false;
  }

  #idleMs(now: number): number {
    const sinceMs = now - this.#idleSince;
    return idleSteps.find(([afterMs]) => sinceMs > afterMs)?.[1] ?? idleMs;
  }
}
