import { show } from '../../util/show-value.js';

/** Finds words and phrases in a transcript, whatever their case: whole words, any white space between them, `. , ! ?` after each. */
export class StopWords {
  readonly #patterns: { word: string; pattern: RegExp }[];

  /** @throws {TypeError} when there is none, or one without a letter. */
  constructor(words: readonly string[]) {
    if (!Array.isArray(words) || words.length === 0) {
      throw new TypeError(`stopWords: expected at least one word, got ${show(words)}`);
    }
    this.#patterns = words.map((word: unknown) => {
      if (typeof word !== 'string' || word.trim() === '') {
        throw new TypeError(`stopWords: expected words, got ${show(word)}`);
      }
      return { word, pattern: patternOf(word) };
    });
  }

  /** The first of them that is in `text`; `null` when none is. */
  find(text: string): string | null {
    return this.#patterns.find(({ pattern }) => pattern.test(text))?.word ?? null;
  }
}

function patternOf(phrase: string): RegExp {
  const words = phrase.trim().split(/\s+/).map(escapePattern);
  // \b knows no letters but those of English.
  return new RegExp(
    `(?<![\\p{L}\\p{N}_])${words.join('[.,!?]*\\s+')}[.,!?]*(?![\\p{L}\\p{N}_])`,
    'iu',
  );
}

function escapePattern(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
