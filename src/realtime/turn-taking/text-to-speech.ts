import type { AudioData } from '../../media/audio-data.js';

/** How a text is spoken. */
export interface SpeakOptions {
  /** Aborts when nobody listens any more: see `getReplySignal()`. */
  signal?: AbortSignal;
}

/**
 * Speaks; shared by all connections. FrameGear has none built in: examples/turn-text-to-speech.ts runs espeak-ng.
 *
 * ```ts
 * async function* reply(audio: AudioData) {
 *   yield* tts.stream(answer(await stt.transcribe(audio)), { signal: getReplySignal() });
 * }
 * ```
 */
export interface TextToSpeech {
  /**
   * Begins to give sound as early as it can. When the iteration is left early, as an interruption does, it ends what
   * it has begun.
   *
   * @param text - Whole, or in parts as a language model writes them.
   * @returns Pieces of any rate and length.
   */
  stream(text: string | AsyncIterable<string>, options?: SpeakOptions): AsyncIterable<AudioData>;
}
