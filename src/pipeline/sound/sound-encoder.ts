import { AudioEncoder } from '../../codec/audio-encoder.js';
import type { AudioEncoderConfig } from '../../codec/audio-encoder.js';
import { AudioResampler } from '../../codec/audio-resampler.js';
import type { AudioData } from '../../media/audio-data.js';
import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';
import { SoundTimeline, soundSampleRate } from './sound-timeline.js';

/**
 * How sound is encoded for all viewers alike. At this complexity Opus tells speech from music: speech carries a coarse
 * copy of the piece before (in-band FEC), music gets all bits for itself. More loss to prepare for would have it code
 * music as speech. 20 ms cost 0.2 ms.
 */
export const broadcastSound: Pick<
  AudioEncoderConfig,
  | 'codec'
  | 'sampleRate'
  | 'application'
  | 'complexity'
  | 'expectedPacketLoss'
  | 'dtx'
  | 'constrained'
> = {
  codec: 'opus',
  sampleRate: soundSampleRate,
  application: 'audio',
  complexity: 7,
  expectedPacketLoss: 5,
  dtx: true,
  constrained: true,
};

/** Bits per second, for one channel and for two. */
const bitrates = [64_000, 96_000] as const;

/** A packet of no more bytes than this says no more than that there is silence. */
const emptyBytes = 2;

/** Opus looks ahead by 6.5 ms: what a packet gives is by so much older than what was put in. */
const lookAheadUs = 6500;

/** One shape of sound, and what is needed to encode it. */
class Coder implements Disposable {
  readonly channels: 1 | 2;
  readonly timeline: SoundTimeline;
  readonly #resampler: AudioResampler;
  readonly #encoder: AudioEncoder;
  #heard = 0;

  constructor(channels: 1 | 2) {
    this.channels = channels;
    this.timeline = new SoundTimeline(channels);
    const numberOfChannels = channels;
    this.#resampler = AudioResampler.create({ sampleRate: soundSampleRate, numberOfChannels });
    const bitrate = bitrates[channels - 1] as number;
    this.#encoder = AudioEncoder.create({ ...broadcastSound, numberOfChannels, bitrate });
  }

  add(audio: AudioData, timestamp: number): AudioData[] {
    // Counted on: where it belongs is the timeline's.
    const resampled = this.#resampler.push(audio, this.#heard);
    this.#heard += audio.duration;
    let at = timestamp;
    return resampled.flatMap((part) => {
      const pieces = this.timeline.add(part.toInt16(), at);
      at += part.duration;
      return pieces;
    });
  }

  encode(pieces: readonly AudioData[]): EncodedAudioChunk[] {
    return pieces.flatMap((piece) =>
      this.#encoder.encode(piece.at(Math.max(0, piece.timestamp - lookAheadUs))),
    );
  }

  /** What comes next is a new beginning. */
  reset(): void {
    this.timeline.reset();
    this.#resampler.reset();
    this.#encoder.reset();
  }

  [Symbol.dispose](): void {
    this.#resampler.close();
    this.#encoder.close();
  }
}

/**
 * Sound of any shape to Opus packets of 20 ms, each at its place in time. Silence is left out after its first
 * packet, which tells receivers of it.
 */
export class SoundEncoder {
  #coder: Coder | null = null;
  #silent = false;
  #leftOut = 0;

  /** True while there is nothing but silence, and receivers know. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Packets that were not worth sending. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Where the sound so far ends, µs; `null` at a new beginning. */
  get end(): number | null {
    return this.#coder?.timeline.end ?? null;
  }

  /**
   * Encodes what makes whole packets; the rest waits for more.
   *
   * @param audio - Stays the caller's.
   * @param timestamp - Where it belongs, µs.
   * @throws {EncodingError}, {TypeError} for sound that cannot be encoded: `reset()` it then.
   */
  encode(audio: AudioData, timestamp: number): EncodedAudioChunk[] {
    const coder = this.#coderFor(audio.numberOfChannels);
    return this.#worthSending(coder, coder.add(audio, timestamp));
  }

  /** Encodes silence from the end of the sound on. @param until - µs. */
  silence(until: number): EncodedAudioChunk[] {
    const coder = this.#coder;
    return coder === null ? [] : this.#worthSending(coder, coder.timeline.silence(until));
  }

  /** What comes next is a new beginning. */
  reset(): void {
    this.#coder?.reset();
    this.#silent = false;
  }

  /** Frees all; what is encoded next opens it anew. */
  close(): void {
    this.#coder?.[Symbol.dispose]();
    this.#coder = null;
    this.#silent = false;
  }

  #coderFor(channels: number): Coder {
    const wanted = channels === 1 ? 1 : 2;
    if (this.#coder?.channels === wanted) return this.#coder;
    this.close();
    this.#coder = new Coder(wanted);
    return this.#coder;
  }

  #worthSending(coder: Coder, pieces: readonly AudioData[]): EncodedAudioChunk[] {
    return coder.encode(pieces).filter((chunk) => {
      const empty = chunk.byteLength <= emptyBytes;
      const worth = !empty || !this.#silent;
      this.#silent = empty;
      if (!worth) this.#leftOut += 1;
      return worth;
    });
  }
}
