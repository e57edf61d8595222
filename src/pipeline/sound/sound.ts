import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { AudioTransformContext } from '../../media/contracts.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { LogLimit } from '../../util/log-limit.js';
import { SoundEncoder } from './sound-encoder.js';
import { SoundOutlet } from './sound-outlet.js';

/** Most pieces that wait for a transform. */
const maxWaiting = 100;
/** Sound whose time is so much in the future, ms, has a wrong time. */
const maxEarlyMs = 5000;
/** Sound that has stopped for so long, ms, is followed by silence, or receivers would make some up. */
const stoppedMs = 250;
/** How often that is looked for, ms. */
const watchMs = 100;
/** Sound is not held back for pictures that are on their way for less than this, ms, nor for longer than that. */
const shortestHoldMs = 40;
const longestHoldMs = 1500;
/** The time for which it is held back is changed when it is off by more than this, ms, since a change is heard. */
const holdToleranceMs = 30;
/** How often that is looked at, ms. */
const holdEveryMs = 1000;

/** The transforms, as far as they take sound. */
export interface SoundTransforms {
  /** False when sound passes them by. */
  readonly takesAudio: boolean;
  /** Owns the sound; never rejects. @param context - `null`: the stream is not known yet. */
  applyAudio(audio: AudioData, context: AudioTransformContext | null): Promise<AudioData | null>;
}

/** What a {@link Sound} works with. */
export interface SoundOptions {
  transforms: SoundTransforms;
  /** What transforms are told; `null` before the source was opened. */
  context: () => AudioTransformContext | null;
  /** Takes each packet when it is due, once for all viewers. */
  write(chunk: EncodedAudioChunk): void;
  /**
   * From capture until pictures are sent, ms; `null`: not known. Sound is held back for so long: receivers can play the two
   * in step by themselves, but take half a minute to find out. Default: not at all.
   */
  pictureDelayMs?: () => number | null;
  logger: Logger;
  /** The stream's clock, in ms. Default: `performance.now()`. */
  now?: () => number;
}

/** What a stream's sound has come to so far. */
export interface SoundStats {
  /** Pieces of raw sound that came while somebody listened. */
  pieces: number;
  /** Of these, left out: the transforms were still busy or made them silence, or their time is far in the future. */
  piecesDropped: number;
  /** Opus packets of 20 ms sent. */
  packets: number;
  /** Bytes of these. */
  bytes: number;
  /** Packets of silence, which are not sent. */
  packetsSilent: number;
  /** Packets that came too late to be sent. */
  packetsDropped: number;
  /** Pieces that could not be encoded. */
  errors: number;
  /** Ms of encoding for a piece, on average. */
  encodeMs: number;
}

/** A stream's sound on its way from source to viewers: transformed, encoded once, sent when it is due. */
export class Sound {
  readonly #options: SoundOptions;
  readonly #now: () => number;
  readonly #encoder: SoundEncoder = new SoundEncoder();
  readonly #outlet: SoundOutlet;
  readonly #faults: LogLimit;
  readonly #waiting: { audio: AudioData; timestamp: number }[] = [];
  readonly #counts = { pieces: 0, dropped: 0, packets: 0, bytes: 0, errors: 0, totalMs: 0 };
  #listening = false;
  #busy = false;
  #stopped = false;
  #watch: NodeJS.Timeout | undefined;
  #heldAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: SoundOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
    this.#outlet = new SoundOutlet((chunk) => this.#send(chunk), this.#now);
    this.#faults = new LogLimit((suppressed, err) => {
      const reason = err instanceof Error ? err.message : String(err);
      options.logger.warn({ err, suppressed }, `a piece of sound could not be sent: ${reason}`);
    });
  }

  /** What was done so far; a copy. */
  get stats(): SoundStats {
    const { dropped, totalMs, ...counts } = this.#counts;
    return {
      ...counts,
      piecesDropped: dropped,
      packetsSilent: this.#encoder.leftOut,
      packetsDropped: this.#outlet.dropped,
      encodeMs: counts.pieces === 0 ? 0 : totalMs / counts.pieces,
    };
  }

  /** Whether anybody listens: without a listener sound is not even looked at. */
  listen(listening: boolean): void {
    if (this.#listening === listening || this.#closed) return;
    this.#listening = listening;
    this.#forget();
    clearInterval(this.#watch);
    if (!listening) {
      this.#encoder.close();
      return;
    }
    this.#watch = setInterval(() => {
      this.#holdBack();
      this.#followWithSilence();
    }, watchMs);
  }

  /**
   * Takes a piece, and owns it; never waits and never throws.
   *
   * @param timestamp - When it is heard, on the stream's clock, µs.
   */
  write(audio: AudioData, timestamp: number): void {
    if (!this.#listening || this.#closed) {
      audio.close();
      return;
    }
    this.#counts.pieces += 1;
    if (timestamp / 1000 - this.#now() > maxEarlyMs) {
      this.#drop(audio);
      return;
    }
    if (!this.#busy && !this.#options.transforms.takesAudio) {
      this.#encode(audio, timestamp);
      return;
    }
    this.#waiting.push({ audio, timestamp });
    if (this.#waiting.length > maxWaiting) this.#drop(this.#waiting.shift()?.audio);
    if (!this.#busy) void this.#transform();
  }

  /** The source begins anew: what comes next does not continue what came before. */
  reset(): void {
    this.#forget();
    this.#encoder.reset();
  }

  /** Ends it; what comes later is let go. */
  close(): void {
    if (this.#closed) return;
    this.listen(false);
    this.#closed = true;
    this.#faults.close();
  }

  async #transform(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { transforms, context } = this.#options;
      const { audio, timestamp } = next;
      const result = await transforms.applyAudio(audio.at(timestamp), context());
      if (result === null) this.#drop(audio);
      else if (this.#listening) this.#encode(result, timestamp);
    }
    this.#busy = false;
  }

  #encode(audio: AudioData, timestamp: number): void {
    const began = performance.now();
    this.#stopped = false;
    try {
      const chunks = this.#encoder.encode(audio, timestamp);
      this.#counts.totalMs += performance.now() - began;
      for (const chunk of chunks) this.#outlet.put(chunk);
    } catch (error) {
      this.#counts.errors += 1;
      this.#faults.note(error);
      this.#encoder.close();
    } finally {
      audio.close();
    }
  }

  #send(chunk: EncodedAudioChunk): void {
    this.#counts.packets += 1;
    this.#counts.bytes += chunk.byteLength;
    this.#options.write(chunk);
  }

  #holdBack(): void {
    if (this.#now() - this.#heldAtMs < holdEveryMs) return;
    this.#heldAtMs = this.#now();
    const delayMs = Math.min(this.#options.pictureDelayMs?.() ?? 0, longestHoldMs);
    const holdMs = delayMs < shortestHoldMs ? 0 : delayMs;
    if (Math.abs(holdMs - this.#outlet.delayMs) > holdToleranceMs) this.#outlet.delayMs = holdMs;
  }

  /** Up to the packet that tells of silence; what comes after a pause is a new beginning. */
  #followWithSilence(): void {
    const { end } = this.#encoder;
    const nowUs = this.#now() * 1000;
    if (end === null || (!this.#stopped && nowUs - end < stoppedMs * 1000)) return;
    this.#stopped = true;
    for (const chunk of this.#encoder.silence(nowUs)) this.#outlet.put(chunk);
    if (this.#encoder.silent) this.#encoder.reset();
  }

  #forget(): void {
    this.#outlet.clear();
    for (const { audio } of this.#waiting.splice(0)) audio.close();
  }

  #drop(audio: AudioData | undefined): void {
    this.#counts.dropped += 1;
    audio?.close();
  }
}
