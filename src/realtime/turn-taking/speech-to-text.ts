import type { AudioData } from '../../media/audio-data.js';

/** How long something is waited for. */
export interface TranscribeOptions {
  /** Aborts when nobody wants the text any more. */
  signal?: AbortSignal;
}

/**
 * Turns speech into text; shared by all connections. FrameGear has none built in: examples/turn-speech-to-text.ts asks an
 * OpenAI-compatible server, such as whisper.cpp's.
 */
export interface SpeechToText {
  /** Makes ready what takes time. Called in the background when a handler is made; a second call must be cheap. */
  load?(): Promise<void>;
  /**
   * @param audio - One stretch of speech, of any rate and layout.
   * @returns The text; empty when there is none.
   */
  transcribe(audio: AudioData, options?: TranscribeOptions): string | Promise<string>;
}

/** Texts of several stretches, one after the other, joined by spaces. */
export async function transcribeAll(
  stt: SpeechToText,
  parts: Iterable<AudioData>,
  options?: TranscribeOptions,
): Promise<string> {
  const texts: string[] = [];
  for (const part of parts) {
    const text = await stt.transcribe(part, options);
    if (text.trim() !== '') texts.push(text.trim());
  }
  return texts.join(' ');
}
