import type { Response } from 'express';

/** Who reads outputs. One listener of the stream's end serves all: Node warns of more than ten. */
export class OpenReaders {
  readonly #closing: AbortSignal;
  readonly #open: Set<AbortController> = new Set();

  /** @param closing - Aborts when the stream closes. */
  constructor(closing: AbortSignal) {
    this.#closing = closing;
    closing.addEventListener(
      'abort',
      () => {
        for (const reader of [...this.#open]) reader.abort();
      },
      { once: true },
    );
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes one more; what it gives aborts when the client has gone, or the stream closes. */
  add(response: Response): AbortSignal {
    const reader = new AbortController();
    if (this.#closing.aborted || response.destroyed) {
      reader.abort();
      return reader.signal;
    }
    this.#open.add(reader);
    response.once('close', () => {
      this.#open.delete(reader);
      reader.abort();
    });
    return reader.signal;
  }
}
