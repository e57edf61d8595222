import { checkObject } from '../../util/check-options.js';
import { show } from '../../util/show-value.js';
import type { Ear, EarListener, EarOptions } from './ear.js';
import { ReplyOnPause } from './reply-on-pause.js';
import type { ReplyFunction, ReplyOnPauseOptions } from './reply-on-pause.js';
import { checkReplyNames } from './reply-options.js';
import type { SpeechToText } from './speech-to-text.js';
import { StopWordEar } from './stop-word-ear.js';
import { StopWords } from './stop-words.js';
import { prepare } from './prepare.js';

/** How {@link ReplyOnStopWords} takes turns. */
export interface ReplyOnStopWordsOptions extends ReplyOnPauseOptions {
  /** Transcribes what is said before a stop word: up to 2 s of speech every 0.6 s, so a small model will do. */
  stt: SpeechToText;
}

/**
 * A {@link ReplyOnPause} that begins to listen when it hears a stop word: what follows it, up to a pause, is answered; then it
 * waits for the next. The client is told `stopword` instead of `started_talking`. A stop word interrupts a reply, other
 * speech does not.
 *
 * ```ts
 * new ReplyOnStopWords(reply, ['computer', 'hey framegear'], { stt });
 * ```
 */
export class ReplyOnStopWords extends ReplyOnPause {
  /** As given. */
  readonly stopWords: readonly string[];
  /** As given. */
  declare readonly options: ReplyOnStopWordsOptions;
  readonly #words: StopWords;

  /**
   * @param stopWords - Words or phrases; case does not matter.
   * @throws {TypeError} or {RangeError} naming the option.
   */
  constructor(fn: ReplyFunction, stopWords: readonly string[], options: ReplyOnStopWordsOptions) {
    super(fn, options);
    this.#words = new StopWords(stopWords);
    checkObject('options', options);
    if (new.target === ReplyOnStopWords) checkReplyNames(options, ['stt']);
    this.stopWords = [...stopWords];
    const stt: Partial<SpeechToText> | undefined = options.stt;
    if (typeof stt?.transcribe !== 'function') {
      throw new TypeError(`stt: expected an object with a method transcribe, got ${show(stt)}`);
    }
    // What it throws shows again with the first transcription.
    prepare(stt);
  }

  override copy(): ReplyOnStopWords {
    return new ReplyOnStopWords(this.fn, this.stopWords, this.options);
  }

  /** @internal */
  protected override makeEar(options: EarOptions, listener: EarListener): Ear {
    return new StopWordEar(
      options,
      { ...listener, onStarted: () => undefined },
      {
        words: this.#words,
        stt: this.options.stt,
        onStopWord: () => {
          listener.onSpeech();
          this.sendMessage({ type: 'stopword', data: '' });
        },
      },
    );
  }
}
