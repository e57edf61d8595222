import type { Packet, Stream } from 'node-av/lib';
import { SoundDecoder } from '../codec/sound-decoder.js';
import type { DecodedSound } from '../codec/sound-decoder.js';
import type { Logger } from '../logger.js';
import type { AudioData } from '../media/audio-data.js';
import { microsecond } from './run-clock.js';
import type { RunClock } from './run-clock.js';
import type { SourceItem } from './media-source.js';
import type { SoundTimeline } from './sound-timeline.js';

/** Damaged packets in a row after which sound is given up. */
const maxDamaged = 100;

/** Sound that may wait for a first picture, µs: what is older lies before it. */
const maxEarly = 1_000_000;

/** What a {@link RunSound} works with. */
export interface RunSoundOptions {
  /** The sound stream; `null` without any. */
  stream: Stream | null;
  /** Shared by all runs of a source. */
  timeline: SoundTimeline;
  /** The source as it may be shown. */
  label: string;
  logger: Logger;
  /** There will be no sound, or no more. */
  onSilence: () => void;
}

/** The sound of one run of an input, decoded as it is read. What is wrong with it never is the pictures' concern. */
export class RunSound {
  readonly #options: RunSoundOptions;
  readonly #pieces: { piece: DecodedSound; placed: number | null }[] = [];
  readonly #ready: AudioData[] = [];
  #decoder: SoundDecoder | null = null;
  #listening = false;
  #held = 0;
  #damaged = 0;
  #clock: RunClock | null = null;

  constructor(options: RunSoundOptions) {
    this.#options = options;
    const { stream } = options;
    if (stream === null) return;
    try {
      const { codecpar } = stream;
      this.#decoder = SoundDecoder.open({ codecpar, timeBase: microsecond });
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error));
    }
  }

  /** True while there is sound that can be decoded. */
  get works(): boolean {
    return this.#decoder !== null;
  }

  /** True while nothing is on hand. */
  get empty(): boolean {
    return this.#ready.length === 0 && this.#pieces.length === 0;
  }

  /** When the next piece is heard; Infinity without one. */
  get headTime(): number {
    const [ready] = this.#ready;
    if (ready !== undefined) return ready.timestamp;
    const [next] = this.#pieces;
    if (next === undefined) return Infinity;
    const { end } = this.#options.timeline;
    return next.placed === null || this.#clock === null ? end : this.#clock.at(next.placed);
  }

  /** True when more than so much, µs, is on hand. */
  isLongerThan(limit: number): boolean {
    return this.#held > limit;
  }

  /** Decodes a packet, which stays the caller's. */
  push(packet: Packet, clock: RunClock): void {
    const { stream } = this.#options;
    if (this.#decoder === null || stream === null) return;
    this.#listening = true;
    clock.place('sound', packet, stream.timeBase);
    this.#keep(this.#decode(packet), clock);
  }

  /** What the decoder holds back, at the end. */
  flush(clock: RunClock): void {
    if (this.#listening) this.#keep(this.#decode(null), clock);
  }

  /** The next piece; none when all of it lies before the first picture. */
  take(): SourceItem | undefined {
    const audio = this.#ready.shift() ?? this.#place();
    return audio === undefined ? undefined : { kind: 'audio', audio };
  }

  /** Lets go of what is on hand. */
  clear(): void {
    this.#pieces.length = 0;
    this.#ready.length = 0;
    this.#held = 0;
  }

  close(): void {
    this.#decoder?.close();
    this.#decoder = null;
  }

  #place(): AudioData | undefined {
    while (this.#ready.length === 0) {
      const next = this.#pieces.shift();
      if (next === undefined) return undefined;
      this.#held -= durationOf(next.piece);
      const { placed, piece } = next;
      const time = placed === null || this.#clock === null ? null : this.#clock.at(placed);
      this.#ready.push(...this.#options.timeline.place(piece, time));
    }
    return this.#ready.shift();
  }

  #decode(packet: Packet | null): DecodedSound[] {
    const decoder = this.#decoder;
    if (decoder === null) return [];
    const before = decoder.errors;
    const pieces = decoder.decode(packet);
    if (decoder.errors > before) this.#damaged += 1;
    if (pieces.length > 0) this.#damaged = 0;
    if (this.#damaged > maxDamaged) this.#giveUp('all of it is damaged');
    return pieces;
  }

  #keep(pieces: readonly DecodedSound[], clock: RunClock): void {
    this.#clock = clock;
    for (const piece of pieces) {
      this.#pieces.push({ piece, placed: piece.time });
      this.#held += durationOf(piece);
    }
    if (clock.begun) return;
    while (this.#held > maxEarly) {
      this.#held -= durationOf((this.#pieces.shift() as { piece: DecodedSound }).piece);
    }
  }

  #giveUp(why: string): void {
    const { label, logger, onSilence } = this.#options;
    logger.warn(`the sound of ${label} is left out: ${why}`);
    this.#decoder?.close();
    this.#decoder = null;
    onSilence();
  }
}

function durationOf({ samples, sampleRate, numberOfChannels }: DecodedSound): number {
  return (samples.length / numberOfChannels / sampleRate) * 1_000_000;
}
