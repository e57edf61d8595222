import { AudioEncoder } from '../../codec/audio-encoder.js';
import type { Logger } from '../../logger.js';
import { AudioData } from '../../media/audio-data.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { LogLimit } from '../../util/log-limit.js';
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
  /** The last piece that was played, and when that was. */
  #last: { piece: AudioData; atMs: number } | null = null;
  #silence: NodeJS.Timeout | null = null;

  constructor(options: OutgoingAudioOptions) {
    this.#options = options;
    this.#limit = new LogLimit((suppressed, err) => {
      options.logger.error({ err, suppressed }, 'encoding sound for a client failed');
    });
  }

  /** Encodes and sends sound; 20 ms at a time make one packet each. */
  play(audio: AudioData): void {
    if (this.#closed) return;
    if (this.#silence !== null) this.#endSilence();
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
    this.#endSilence();
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

  #beSilent(): void {
    if (this.#last === null || this.#closed) return;
    const { piece } = this.#last;
    this.#last = null;
    const { sampleRate, numberOfChannels } = piece;
    const samples = new Int16Array((sampleRate / 1000) * silenceMs * numberOfChannels);
    let left = silencePieces;
    let timestamp = piece.timestamp;
    const next = (): void => {
      timestamp += silenceMs * 1000;
      this.#send(AudioData.from(samples, { sampleRate, numberOfChannels, timestamp }));
      left -= 1;
      if (left === 0) this.#endSilence();
    };
    this.#silence = setInterval(next, silenceMs);
    next();
  }

  #endSilence(): void {
    if (this.#silence !== null) clearInterval(this.#silence);
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
