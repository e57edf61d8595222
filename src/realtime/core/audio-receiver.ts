import { AudioResampler } from '../../codec/audio-resampler.js';
import type { AudioData } from '../../media/audio-data.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import { isThenable } from './is-thenable.js';
import type { LoopHost } from './loop-host.js';

/** Sound that waits for a slow handler, in µs; the oldest goes. */
const mostUs = 10_000_000;

/** Told of the client's sound. */
export interface SoundListener {
  /** The handler has taken a piece. */
  wake(): void;
  /** Some has come, whether or not it made a piece. */
  heard(): void;
}

/** Gives a handler the client's sound, piece after piece. */
export class AudioReceiver {
  readonly #handler: StreamHandler;
  readonly #host: LoopHost;
  readonly #listener: SoundListener;
  #resampler: AudioResampler | null = null;
  #queue: AudioData[] = [];
  #queuedUs = 0;
  #started = false;
  #busy = false;
  #closed = false;

  constructor(handler: StreamHandler, host: LoopHost, listener: SoundListener) {
    this.#handler = handler;
    this.#host = host;
    this.#listener = listener;
  }

  /** From now on the handler is called. */
  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** Takes sound of any rate and layout. Never throws. */
  push(frame: AudioData): void {
    if (this.#closed) return;
    this.#host.stats.audioIn += 1;
    try {
      this.#resampler ??= this.#open();
      const time = this.#resampler.pass(frame);
      if (time !== null) this.#put(time === frame.timestamp ? frame : frame.at(time));
      else for (const piece of this.#resampler.push(frame)) this.#put(piece);
    } catch (error) {
      this.#host.fault('receive', error);
    }
    this.#pump();
    this.#listener.heard();
  }

  /** Ends it; what waits is thrown away. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#resampler?.close();
  }

  #open(): AudioResampler {
    const { inputSampleRate, inputFrameSize, expectedLayout } = this.#handler;
    return AudioResampler.create({
      sampleRate: inputSampleRate,
      numberOfChannels: expectedLayout === 'mono' ? 1 : 2,
      // Clients of sockets cut their sound as they like it.
      ...(this.#host.link.name === 'webrtc' ? { frameSize: inputFrameSize } : {}),
    });
  }

  #put(piece: AudioData): void {
    this.#queue.push(piece);
    this.#queuedUs += piece.duration;
    while (this.#queuedUs > mostUs && this.#queue.length > 1) {
      this.#queuedUs -= this.#queue.shift()?.duration ?? 0;
      this.#host.stats.dropped.audioInFull += 1;
    }
  }

  /** Synchronous handlers are called right here, on arrival; others are waited for. */
  #pump(): void {
    while (this.#started && !this.#busy && !this.#closed) {
      const piece = this.#queue.shift();
      if (piece === undefined) return;
      this.#queuedUs -= piece.duration;
      this.#busy = true;
      try {
        const receiving = this.#host.calls.run('receive', () => this.#handler.receive(piece));
        if (isThenable(receiving)) {
          void this.#await(receiving);
          return;
        }
        this.#listener.wake();
      } catch (error) {
        this.#host.fault('receive', error);
      }
      this.#busy = false;
    }
  }

  async #await(receiving: PromiseLike<unknown>): Promise<void> {
    try {
      await receiving;
      this.#listener.wake();
    } catch (error) {
      this.#host.fault('receive', error);
    }
    this.#busy = false;
    this.#pump();
  }
}
