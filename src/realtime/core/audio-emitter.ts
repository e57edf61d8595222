import { AudioData } from '../../media/audio-data.js';
import { Backoff } from '../../util/backoff.js';
import { currentEmission } from '../handlers/context.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import { Breather } from './breather.js';
import { readResult } from './handler-result.js';
import type { HandlerResult } from './handler-result.js';
import type { LoopHost } from './loop-host.js';
import { PieceCutter } from './piece-cutter.js';
import { pieceMs, PlayoutQueue } from './playout-queue.js';
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

/** Asks a handler for sound and plays what it gives. */
export class AudioEmitter {
  readonly #handler: StreamHandler;
  readonly #host: LoopHost;
  readonly #cutter: PieceCutter;
  readonly #queue: PlayoutQueue;
  readonly #waker = new Waker();
  readonly #farewell = new Waker();
  readonly #breather = new Breather();
  readonly #retry = new Backoff(idleMs, 1000);
  /** The call of `emit` under way; a new object each. */
  #emission: { discarded: boolean } | null = null;
  #woken = false;
  /** When it gave something last. */
  #idleSince = performance.now();
  #ending = false;
  #closed = false;

  constructor(handler: StreamHandler, host: LoopHost) {
    this.#handler = handler;
    this.#host = host;
    this.#cutter = new PieceCutter(handler.outputSampleRate);
    this.#queue = new PlayoutQueue({
      leadMs: host.link.audioLeadMs,
      play: (piece) => {
        host.stats.audioOut += 1;
        host.link.playAudio(piece);
      },
      onDry: () => this.#flush(),
    });
  }

  /** See `HandlerConnection.queuedAudioMs`. */
  get queuedMs(): number {
    return this.#queue.queuedMs;
  }

  /** Runs until the handler ends the connection, or `close()`. Never rejects. */
  async run(): Promise<void> {
    while (!this.#ending) {
      if (this.#queue.full) {
        await this.#queue.change();
        continue;
      }
      const result = await this.#emit();
      if (this.#ending) return;
      if (result?.close) {
        this.#host.finish(result.close.message);
        return;
      }
      await this.#rest(result);
    }
  }

  /** There is something new for the handler: it is asked at once. */
  wake(): void {
    this.#woken = true;
    this.#waker.wake();
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

  /** Asks for no more. Resolves when all that was emitted has been heard, as far as that can be known. */
  async finish(): Promise<void> {
    this.#ending = true;
    this.#waker.close();
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
    this.#ending = true;
    this.#closed = true;
    this.#waker.close();
    this.#farewell.close();
    this.#queue.close();
    this.#cutter.close();
  }

  /** One call of `emit`; `null` when it failed. */
  async #emit(): Promise<HandlerResult<AudioData> | null> {
    const { calls } = this.#host;
    const emission = { discarded: false };
    this.#emission = emission;
    this.#woken = false;
    try {
      const value = await calls.run('emit', () => this.#handler.emit(), emission);
      const result = readResult(value, AudioData, calls.name('emit'));
      if (this.#closed) return null;
      if (result.outputs) this.#host.addOutput(result.outputs);
      if (result.frame) this.#take(result.frame, emission.discarded);
      return result;
    } catch (error) {
      this.#host.fault('emit', error);
      return null;
    } finally {
      this.#emission = null;
    }
  }

  #take(frame: AudioData, discarded: boolean): void {
    if (!this.#host.gives) {
      this.#host.stats.dropped.unwanted += 1;
      return;
    }
    if (discarded) {
      this.#host.stats.dropped.audioOutCleared += Math.ceil(frame.duration / 1000 / pieceMs);
      return;
    }
    this.#queue.push(this.#cutter.push(frame));
  }

  /** Plays what is less than a piece. */
  #flush(): void {
    const rest = this.#cutter.flush();
    if (rest.length > 0) this.#queue.push(rest);
  }

  async #rest(result: HandlerResult<AudioData> | null): Promise<void> {
    if (result === null) {
      await this.#waker.sleep(this.#retry.next());
      return;
    }
    this.#retry.reset();
    const sound = result.frame !== null && result.frame.numberOfFrames > 0 && this.#host.gives;
    if (result.frame || result.outputs) this.#idleSince = performance.now();
    if (sound) await this.#breather.breathe();
    // What came while it was asked may not have been seen.
    else await this.#waker.sleep(result.outputs || this.#woken ? soundlessMs : this.#idleMs());
  }

  #idleMs(): number {
    const sinceMs = performance.now() - this.#idleSince;
    return idleSteps.find(([afterMs]) => sinceMs > afterMs)?.[1] ?? idleMs;
  }
}
