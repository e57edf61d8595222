import type { AudioData } from '../../media/audio-data.js';
import { ownWork } from '../handlers/own-work.js';
import { SoundRecorder } from './sound-recorder.js';
import { TurnDetector } from './turn-detector.js';
import { longestTurnMs } from './turn-options.js';
import type { TurnSettings } from './turn-options.js';
import type { VoiceActivityDetector } from './voice-activity-detector.js';
import { VoiceFeed } from './voice-feed.js';

/** What an {@link Ear} needs to know. */
export interface EarOptions {
  readonly settings: TurnSettings;
  readonly vad: VoiceActivityDetector;
  /** Of the sound it gets. */
  readonly sampleRate: number;
  /** Of the sound it gets. */
  readonly numberOfChannels: number;
  /** True: turns begin and end by {@link Ear.hold} and {@link Ear.release} only. */
  readonly pushToTalk: boolean;
}

/** A window of sound, and what the voice activity detector says of it. */
export interface HeardWindow {
  /** Mono, at the detector's rate; its own memory. */
  readonly samples: Float32Array;
  /** 0 to 1. */
  readonly probability: number;
  /** Where it began in the sound that came, in frames; up to a window too early. */
  readonly place: number;
}

/** What an {@link Ear} hears. None may throw. */
export interface EarListener {
  /** Somebody begins to speak. */
  onSpeech(): void;
  /** A turn has begun. */
  onStarted(): void;
  /** A turn has ended: all of it, with the sound before its beginning and the silence at its end. */
  onTurn(audio: AudioData): void;
  /** The voice activity detector has thrown. */
  onFault(error: unknown): void;
}

/** A connection that goes silent by sending nothing pauses, too, so long after it would have. */
const starvedMs = 1000;

/**
 * Hears one connection: keeps its sound, and tells when turns begin and end. Waits for nothing but the voice activity detector.
 */
export class Ear {
  readonly #options: EarOptions;
  readonly #listener: EarListener;
  readonly #feed: VoiceFeed;
  readonly #recorder: SoundRecorder;
  readonly #detector: TurnDetector;
  readonly #longestMs: number;
  #held = false;
  #closed = false;
  #starving: NodeJS.Timeout | null = null;

  constructor(options: EarOptions, listener: EarListener) {
    const { settings, vad, sampleRate, numberOfChannels } = options;
    this.#options = options;
    this.#listener = listener;
    this.#feed = new VoiceFeed(vad, (error) => listener.onFault(error));
    this.#recorder = new SoundRecorder(sampleRate, numberOfChannels);
    this.#detector = new TurnDetector(settings, this.#feed.windowMs);
    this.#longestMs = Math.min(settings.algo.maxContinuousSpeechMs, longestTurnMs);
  }

  /** True from the beginning of a turn to its end. */
  get talking(): boolean {
    return this.#held || this.#detector.talking;
  }

  /** Takes the next piece of sound. Calls must not overlap. */
  async receive(frame: AudioData): Promise<void> {
    if (this.#closed || (this.#options.pushToTalk && !this.#held)) return;
    const windows = ownWork(() => this.#keep(frame));
    if (!this.#held) await this.#judge(windows);
    if (!this.#closed) this.#keepBounds();
  }

  /** Begins a turn that lasts until {@link release}, however silent. */
  hold(): void {
    if (this.#closed || this.#held) return;
    const { talking } = this.#detector;
    if (!talking) this.#recorder.clear();
    this.#held = true;
    this.#watch(false);
    if (!talking) this.#listener.onStarted();
  }

  /** Ends the turn that {@link hold} began; nothing without one. */
  release(): void {
    if (this.#held) this.#listener.onTurn(this.take());
  }

  /** Ends the turn, if there is one, and gives what was heard of it: nothing, when nobody was talking. */
  take(): AudioData {
    if (!this.talking) this.#recorder.clear();
    this.#endTurn();
    return this.#recorder.take();
  }

  /** Forgets what was heard: what comes next does not follow it. */
  reset(): void {
    this.#watch(false);
    this.#held = false;
    this.#recorder.clear();
    this.#detector.reset();
    this.#feed.reset();
  }

  /** Frees it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.reset();
    this.#feed.close();
  }

  /** What is kept while nobody talks, in milliseconds. */
  protected get idleMs(): number {
    const { algo, model } = this.#options.settings;
    return algo.audioChunkDurationMs + model.speechPadMs + 4 * this.#feed.windowMs;
  }

  /** Nothing before `place` becomes part of a turn. */
  protected forgetBefore(place: number): void {
    this.#recorder.dropBefore(place);
    this.#detector.reset();
  }

  /** Takes a window while nobody holds the turn. */
  protected hear({ probability, place }: HeardWindow): void {
    const { speech, started, paused } = this.#detector.push(probability);
    if (speech) this.#listener.onSpeech();
    if (started) {
      const { windowSizeSamples, speechPadMs } = this.#options.settings.model;
      // Windows that are judged with those before them are speech from the first of those.
      const beforeMs =
        (this.#detector.speechAge - 1) * this.#feed.windowMs + windowSizeSamples / 16 + speechPadMs;
      this.#recorder.dropBefore(place - this.#frames(beforeMs));
      this.#watch(true);
      this.#listener.onStarted();
    }
    if (paused) {
      this.#watch(false);
      this.#listener.onTurn(this.#recorder.take(place + this.#frames(2 * this.#feed.windowMs)));
    }
  }

  /** Keeps a piece, and gives what of it is to be judged. */
  #keep(frame: AudioData): Float32Array[] {
    this.#recorder.push(frame);
    this.#starving?.refresh();
    return this.#held ? [] : this.#feed.cut(frame);
  }

  async #judge(windows: readonly Float32Array[]): Promise<void> {
    const { end } = this.#recorder;
    for (const [index, samples] of windows.entries()) {
      const probability = await this.#feed.judge(samples);
      // Held or closed while the model was at it.
      if (this.#closed || this.#held) return;
      // What is left over of the piece is less than a window: this one began no later than here.
      const place = end - this.#frames((windows.length - index + 1) * this.#feed.windowMs);
      this.hear({ samples, probability, place });
    }
  }

  #keepBounds(): void {
    if (!this.talking) {
      this.#recorder.dropBefore(this.#recorder.end - this.#frames(this.idleMs));
    } else if (this.#recorder.durationMs >= this.#longestMs) {
      this.#listener.onTurn(this.take());
    }
  }

  #endTurn(): void {
    this.#watch(false);
    if (this.#held) {
      // The model has not heard what was said meanwhile.
      this.#held = false;
      this.#detector.reset();
      this.#feed.reset();
    } else {
      this.#detector.cut();
    }
  }

  /** Waits for the sound to stay away, or no longer. */
  #watch(on: boolean): void {
    clearTimeout(this.#starving ?? undefined);
    this.#starving = null;
    const { pauseMs } = this.#options.settings.algo;
    if (!on || pauseMs === Infinity) return;
    this.#starving = setTimeout(() => {
      const audio = this.take();
      this.reset();
      this.#listener.onTurn(audio);
    }, pauseMs + starvedMs);
    this.#starving.unref();
  }

  #frames(ms: number): number {
    return (ms * this.#options.sampleRate) / 1000;
  }
}
