import { AudioResampler } from '../../codec/audio-resampler.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VoiceActivityDetector, VoiceActivitySession } from './voice-activity-detector.js';

/** Cuts one connection's sound into the windows that a voice activity detector takes, and has them judged. */
export class VoiceFeed {
  /** Length of a window. */
  readonly windowMs: number;
  readonly #vad: VoiceActivityDetector;
  readonly #onFault: (error: unknown) => void;
  readonly #resampler: AudioResampler;
  #session: VoiceActivitySession | null = null;
  /** Set when the detector could not be made ready: it is not asked again. */
  #broken = false;
  #closed = false;

  /** @param onFault - Told each time the detector throws; its window counts as speech, as in the original. */
  constructor(vad: VoiceActivityDetector, onFault: (error: unknown) => void) {
    this.#vad = vad;
    this.#onFault = onFault;
    this.windowMs = (vad.windowSize * 1000) / vad.sampleRate;
    this.#resampler = AudioResampler.create({
      sampleRate: vad.sampleRate,
      numberOfChannels: 1,
      frameSize: vad.windowSize,
      format: 'f32',
    });
  }

  /** Cuts the next piece; what is left over waits for the piece after it. */
  cut(audio: AudioData): Float32Array[] {
    if (this.#closed) return [];
    return this.#resampler.push(audio).map(({ data }) => data as Float32Array);
  }

  /** How likely a window is speech. Never rejects. */
  async judge(window: Float32Array): Promise<number> {
    if (this.#broken) return 1;
    try {
      const session = this.#session ?? (await this.#open());
      const probability = await session.process(window);
      if (typeof probability === 'number' && !Number.isNaN(probability)) return probability;
      throw new TypeError(`process: expected a probability, got ${String(probability)}`);
    } catch (error) {
      this.#broken = this.#session === null;
      this.#onFault(error);
      return 1;
    }
  }

  /** What comes next does not follow what came before. */
  reset(): void {
    if (this.#closed) return;
    this.#resampler.reset();
    this.#session?.reset();
  }

  /** Frees it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#resampler.close();
    this.#session?.close?.();
    this.#session = null;
  }

  async #open(): Promise<VoiceActivitySession> {
    await this.#vad.load?.();
    const session = this.#vad.createSession();
    // The connection may have ended meanwhile.
    if (this.#closed) session.close?.();
    else this.#session = session;
    return session;
  }
}
