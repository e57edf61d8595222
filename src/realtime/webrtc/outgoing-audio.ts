import { AudioEncoder } from '../../codec/audio-encoder.js';
import type { Logger } from '../../logger.js';
import { AudioData } from '../../media/audio-data.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { LogLimit } from '../../util/log-limit.js';
import { Alarm } from '../core/alarm.js';
import { soundBeat } from '../core/beat.js';
import { LossWatch } from './loss-watch.js';

/** What an {@link OutgoingAudio} works with. */
export interface OutgoingAudioOptions {
  /** Sends a piece of sound. */
  readonly write: (chunk: EncodedAudioChunk) => void;
  /** Share of it that got lost lately, 0 to 1; `null` before that is known. Default: it never is. */
  readonly lost?: () => number | null;
  readonly logger: Logger;
}

/** Length of a piece of silence, ms. */
const silenceMs = 20;
/** So much of it follows sound that stops: what browsers invent for packets that are missing has faded by then. */
const silencePieces = 10;
/** Sound that has been still for so long, ms, has stopped. */
const stillMs = 45;

/** Pieces between two looks at the losses: a second. */
const lossesEvery = 50;

/**
 * Sound to one client, as Opus: with little delay and work while all of it arrives, as speech that can make up for losses while
 * there are some. Where sound stops, by itself or because it was cleared, silence follows for a moment: browsers take
 * packets that just stop coming for lost, and go on sounding for some 300 ms.
 */
export class OutgoingAudio {
  readonly #options: OutgoingAudioOptions;
  readonly #limit: LogLimit;
  #encoder: AudioEncoder | null = null;
  readonly #losses = new LossWatch();
  #pieces = 0;
  #closed = false;
  /** The last piece of sound, and when that was sent; `null` once silence follows it. */
  #last: { piece: AudioData; atMs: number } | null = null;
  /** The piece of silence that comes next, when, and how many are left with it. */
  #silence: { piece: AudioData; atMs: number; left: number } | null = null;
  readonly #alarm: Alarm = new Alarm(() => this.#sendSilence());

  constructor(options: OutgoingAudioOptions) {
    this.#options = options;
    this.#limit = new LogLimit((suppressed, err) => {
      options.logger.error({ err, suppressed }, 'encoding sound for a client failed');
    });
  }

  /** Encodes and sends sound; 20 ms at a time make one packet each. */
  play(audio: AudioData): void {
    if (this.#closed) return;
    if (this.#last === null) this.#breakOff(audio.timestamp);
    this.#send(audio);
    this.#last = { piece: audio, atMs: performance.now() };
    soundBeat.add(this.#lookForEnd);
  }

  /** Forgets what did not fill a packet yet, and silences the client. */
  clear(): void {
    this.#encoder?.reset();
    this.#beSilent();
  }

  /** Frees the encoder. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#alarm.cancel();
    soundBeat.delete(this.#lookForEnd);
    this.#closeEncoder();
    this.#limit.close();
  }

  #send(audio: AudioData): void {
    try {
      this.#lookAtLosses();
      for (const chunk of this.#encoderFor(audio).encode(audio)) this.#options.write(chunk);
    } catch (error) {
      this.#limit.note(error);
      this.#closeEncoder();
    }
  }

  readonly #lookForEnd = (): void => {
    if (this.#last !== null && performance.now() - this.#last.atMs <= stillMs) return;
    soundBeat.delete(this.#lookForEnd);
    this.#beSilent();
  };

  /** Silence from the end of the last piece on; from now on when that is over. */
  #beSilent(): void {
    if (this.#last === null || this.#closed) return;
    const { piece, atMs } = this.#last;
    this.#last = null;
    const { sampleRate, numberOfChannels } = piece;
    const samples = new Int16Array((sampleRate / 1000) * silenceMs * numberOfChannels);
    const now = performance.now();
    const gapMs = Math.max(0, now - atMs - piece.duration / 1000);
    const timestamp = piece.timestamp + piece.duration + Math.round(gapMs * 1000);
    if (gapMs > 0) this.#encoder?.reset();
    this.#silence = {
      piece: AudioData.from(samples, { sampleRate, numberOfChannels, timestamp }),
      atMs: atMs + piece.duration / 1000 + gapMs,
      left: silencePieces,
    };
    this.#alarm.set(this.#silence.atMs, now);
  }

  #sendSilence(): void {
    const silence = this.#silence;
    if (silence === null || silence.left === 0) return;
    const { piece } = silence;
    this.#send(piece);
    silence.piece = piece.at(piece.timestamp + piece.duration);
    silence.atMs += silenceMs;
    silence.left -= 1;
    if (silence.left > 0) this.#alarm.set(silence.atMs);
  }

  /** Ends the silence. Clients take sound whose time does not go with the clock for delayed, and delay all the rest as much. */
  #breakOff(timestamp: number): void {
    this.#alarm.cancel();
    if (this.#silence !== null && timestamp > this.#silence.piece.timestamp) this.#encoder?.reset();
    this.#silence = null;
  }

  #lookAtLosses(): void {
    this.#pieces = (this.#pieces + 1) % lossesEvery;
    if (this.#pieces > 0) return;
    if (this.#losses.note(this.#options.lost?.() ?? null)) this.#closeEncoder();
  }

  #encoderFor({ sampleRate, numberOfChannels }: AudioData): AudioEncoder {
    const known = this.#encoder;
    const { config } = known ?? {};
    if (
      known !== null &&
      config?.sampleRate === sampleRate &&
      config.numberOfChannels === numberOfChannels
    ) {
      return known;
    }
    this.#closeEncoder();
    this.#encoder = AudioEncoder.create({
      codec: 'opus',
      sampleRate,
      numberOfChannels,
      ...(this.#losses.lossy ? {} : { application: 'lowdelay' }),
    });
    return this.#encoder;
  }

  #closeEncoder(): void {
    this.#encoder?.close();
    this.#encoder = null;
  }
}
