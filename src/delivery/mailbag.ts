/** Collects what is to be posted within one tick of the event loop, and posts it at once, in order. */
export class Mailbag<Letter> {
  readonly #post: (letters: Letter[]) => void;
  #letters: Letter[] = [];

  constructor(post: (letters: Letter[]) => void) {
    this.#post = post;
  }

  /** Posts it with all else of this tick. */
  push(letter: Letter): void {
    this.#letters.push(letter);
    if (this.#letters.length > 1) return;
    queueMicrotask(() => {
      const letters = this.#letters;
      this.#letters = [];
      this.#post(letters);
    });
  }
}
