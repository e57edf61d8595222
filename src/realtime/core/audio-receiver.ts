import { AudioResampler } from '../../codec/audio-resampler.js';
import type { AudioData } from '../../media/audio-data.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import type { LoopHost } from './loop-host.js';

/** Sound that waits for a slow handler, in µs; the oldest goes. */
const mostUs = 10_000_000;

/** Gives a handler the client's sound, piece after piece. */
export class AudioReceiver {
  readonly #handler: StreamHandler;
  readonly #host: LoopHost;
  readonly #received: () => void;
  #resampler: AudioResampler | null = null;
  #queue: AudioData[] = [];
  #queuedUs = 0;
  #started = false;
  #busy = false;
  #closed = false;

  /** @param received - Called after each piece that the handler has taken. */
  constructor(handler: StreamHandler, host: LoopHost, received: () => void) {
    this.#handler = handler;
    this.#host = host;
    this.#received = received;
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
      for (const piece of this.#resampler.push(frame)) this.#put(piece);
    } catch (error) {
      this.#host.fault('receive', error);
    }
    this.#pump();
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
        this.#received();
      } catch (error) {
        this.#host.fault('receive', error);
      }
      this.#busy = false;
    }
  }

  async #await(receiving: PromiseLike<void>): Promise<void> {
    try {
      await receiving;
      this.#received();
    } catch (error) {
      this.#host.fault('receive', error);
    }
    this.#busy = false;
    this.#pump();
  }
}

function isThenable(value: void | PromiseLike<void>): value is PromiseLike<void> {
  return typeof (value as PromiseLike<void> | undefined)?.then === 'function';
}
