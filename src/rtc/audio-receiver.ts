import { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import { opusDuration } from './opus-duration.js';
import type { RtpClock } from './rtp-clock.js';
import type { ReceivedRtp } from './rtp-packet.js';

/** How long a missing packet is waited for. */
const patienceMs = 60;
/** Packets that may wait for a missing one: more than come in that time. */
const maxWaiting = 32;
/** Missing packets that a listener is told of: what cannot be concealed anyhow is not counted. */
const maxLost = 50;

interface Waiting {
  readonly packet: ReceivedRtp;
  readonly atMs: number;
}

/** What an {@link AudioReceiver} is joined to. */
export interface AudioReceiverOptions {
  clock: RtpClock;
  /** Takes the sound, in order. `lostBefore`: pieces missing before it, at most 50. */
  onChunk: (chunk: EncodedAudioChunk, lostBefore: number) => void;
}

/** Puts a stream of Opus in order: what is in order goes on at once, what is missing is waited for briefly. */
export class AudioReceiver {
  readonly #options: AudioReceiverOptions;
  readonly #waiting: Map<number, Waiting> = new Map();
  #next: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: AudioReceiverOptions) {
    this.#options = options;
  }

  /** Takes a packet, none twice. */
  push(packet: ReceivedRtp, nowMs: number): void {
    if (this.#closed) return;
    this.#next ??= packet.index;
    if (packet.index < this.#next) return;
    if (packet.index === this.#next && this.#waiting.size === 0) {
      this.#next += 1;
      this.#deliver(packet, nowMs, 0);
      return;
    }
    this.#waiting.set(packet.index, { packet, atMs: nowMs });
    this.#drain();
    // So many are not coming any more, or more than that would have to be kept.
    if (packet.index - (this.#next ?? 0) >= maxWaiting || this.#waiting.size >= maxWaiting) {
      while (this.#waiting.size > 0) this.#skip();
    }
    this.#schedule(nowMs);
  }

  /** Begins anew, with another sender. */
  reset(): void {
    this.#waiting.clear();
    this.#next = null;
    this.#disarm();
  }

  /** Takes no more, and leaves no timer. */
  close(): void {
    this.#closed = true;
    this.reset();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Hands on what follows without a gap. */
  #drain(lostBefore = 0): void {
    let lost = lostBefore;
    for (;;) {
      const next = this.#next ?? -1;
      const waiting = this.#waiting.get(next);
      if (waiting === undefined) return;
      this.#waiting.delete(next);
      this.#next = next + 1;
      if (this.#deliver(waiting.packet, waiting.atMs, lost)) lost = 0;
    }
  }

  /** False for padding without sound. */
  #deliver({ payload, timestamp }: ReceivedRtp, atMs: number, lost: number): boolean {
    if (payload.length === 0) return false;
    const chunk = new EncodedAudioChunk({
      timestamp: this.#options.clock.microseconds(timestamp, atMs),
      duration: opusDuration(payload) ?? undefined,
      data: payload,
    });
    this.#options.onChunk(chunk, Math.min(lost, maxLost));
    return true;
  }

  /** Gives up on what is missing before the next packet that is there. */
  #skip(): void {
    const first = Math.min(...this.#waiting.keys());
    const lost = first - (this.#next as number);
    this.#next = first;
    this.#drain(lost);
  }

  #schedule(nowMs: number): void {
    if (this.#waiting.size === 0 || this.#closed) {
      this.#disarm();
      return;
    }
    if (this.#timer !== null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        const now = performance.now();
        while (this.#waiting.size > 0 && this.#oldestMs() + patienceMs <= now) this.#skip();
        this.#schedule(now);
      },
      Math.max(1, Math.ceil(this.#oldestMs() + patienceMs - nowMs)),
    );
  }

  #oldestMs(): number {
    return Math.min(...[...this.#waiting.values()].map(({ atMs }) => atMs));
  }
}
