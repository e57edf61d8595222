import { AudioData } from '../../media/audio-data.js';
import { WebRTCError } from '../handlers/webrtc-error.js';
import { Ear } from './ear.js';
import type { EarListener, EarOptions, HeardWindow } from './ear.js';
import { transcribeAll } from './speech-to-text.js';
import type { SpeechToText } from './speech-to-text.js';
import { findSpeechParts } from './speech-parts.js';
import type { StopWords } from './stop-words.js';

/** What a {@link StopWordEar} needs beside. */
export interface StopWordOptions {
  readonly words: StopWords;
  readonly stt: SpeechToText;
  /** A stop word was heard. Must not throw. */
  readonly onStopWord: (word: string) => void;
}

/** How much of the sound is transcribed together. */
const rememberedMs = 2000;
/** A transcription that takes longer is given up. */
const patienceMs = 10_000;

/**
 * An ear that waits for a stop word: what it hears before is transcribed in passing, what follows is a turn like any other.
 */
export class StopWordEar extends Ear {
  readonly #ear: EarOptions;
  readonly #options: StopWordOptions;
  readonly #closing = new AbortController();
  readonly #windowMs: number;
  /** The last two seconds, and, during a transcription, what has come since it began. */
  #windows: HeardWindow[] = [];
  /** Windows since the last transcription began. */
  #fresh = 0;
  #awake = false;
  #transcribing = false;
  #failure: { error: unknown } | null = null;

  constructor(ear: EarOptions, listener: EarListener, options: StopWordOptions) {
    super(ear, {
      ...listener,
      // Waits for the next stop word.
      onTurn: (audio) => {
        this.#sleep();
        listener.onTurn(audio);
      },
    });
    this.#ear = ear;
    this.#options = options;
    this.#windowMs = (ear.vad.windowSize * 1000) / ear.vad.sampleRate;
  }

  /** @throws What transcribing threw since the last call. */
  override async receive(frame: AudioData): Promise<void> {
    await super.receive(frame);
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
  }

  override take(): AudioData {
    this.#sleep();
    return super.take();
  }

  override reset(): void {
    this.#sleep();
    super.reset();
  }

  override close(): void {
    this.#closing.abort();
    super.close();
  }

  /** What is said while a transcription runs belongs to the turn, if it finds the word. */
  protected override get idleMs(): number {
    return Math.max(super.idleMs, rememberedMs) + (this.#transcribing ? patienceMs : 0);
  }

  protected override hear(window: HeardWindow): void {
    if (this.#awake) {
      super.hear(window);
      return;
    }
    this.#windows.push(window);
    this.#fresh += 1;
    this.#lookForWord();
  }

  #lookForWord(): void {
    if (this.#transcribing) return;
    const chunk = Math.ceil(this.#ear.settings.algo.audioChunkDurationMs / this.#windowMs);
    if (this.#fresh < chunk) return;
    const fresh = this.#windows.slice(-this.#fresh);
    this.#windows = this.#windows.slice(-Math.ceil(rememberedMs / this.#windowMs));
    this.#fresh = 0;
    // Without speech since the last time the text is the same.
    const { threshold } = this.#ear.settings.model;
    if (!fresh.some(({ probability }) => probability >= threshold)) return;
    void this.#transcribe([...this.#windows]);
  }

  async #transcribe(windows: readonly HeardWindow[]): Promise<void> {
    this.#transcribing = true;
    try {
      const text = await this.#textOf(windows);
      // Not when a turn was begun by other means meanwhile.
      const current = this.#windows[0] === windows[0] && !this.#closing.signal.aborted;
      const word = current ? this.#options.words.find(text) : null;
      if (word !== null) this.#wakeUp(word, windows.length);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failure = { error };
    } finally {
      this.#transcribing = false;
    }
    if (!this.#awake) this.#lookForWord();
  }

  async #textOf(windows: readonly HeardWindow[]): Promise<string> {
    const { settings, vad } = this.#ear;
    const parts = findSpeechParts(windows, settings.model, this.#windowMs).map((samples) =>
      AudioData.from(samples, { sampleRate: vad.sampleRate }),
    );
    if (parts.length === 0) return '';
    const patience = AbortSignal.timeout(patienceMs);
    const signal = AbortSignal.any([this.#closing.signal, patience]);
    return Promise.race([
      transcribeAll(this.#options.stt, parts, { signal }),
      aborted(signal).catch((error: unknown) => {
        if (!patience.aborted) throw error;
        throw new WebRTCError(`speech was not transcribed within ${patienceMs} ms`, error);
      }),
    ]);
  }

  /** What came after the windows that were transcribed is the beginning of the turn. */
  #wakeUp(word: string, transcribed: number): void {
    const following = this.#windows.slice(transcribed);
    this.#sleep();
    this.#awake = true;
    const [first] = following;
    this.forgetBefore(first?.place ?? Infinity);
    this.#options.onStopWord(word);
    for (const window of following) this.hear(window);
  }

  #sleep(): void {
    this.#awake = false;
    this.#windows = [];
    this.#fresh = 0;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
