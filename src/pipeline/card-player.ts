import type { Logger } from '../logger.js';
import type { VideoFrame } from '../media/video-frame.js';
import { renderCard } from './card.js';
import type { Card } from './card.js';

/** A still costs next to nothing to encode, and players take a stream without pictures for dead. */
const intervalMs = 500;
const defaultSize = { codedWidth: 1280, codedHeight: 720 };

/** Shows a card, twice a second, until told to stop. */
export class CardPlayer {
  readonly #deliver: (frame: VideoFrame) => void;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #shown: object | null = null;

  /** @param deliver - Takes each picture, stamped with the time in µs; owns it. */
  constructor(deliver: (frame: VideoFrame) => void, logger: Logger) {
    this.#deliver = deliver;
    this.#logger = logger;
  }

  /** True between `show()` and `stop()`. */
  get showing(): boolean {
    return this.#shown !== null;
  }

  /** Shows this card in place of any other, at the size the stream has had so far. */
  show(card: Card, size: { codedWidth: number; codedHeight: number } | null): void {
    this.stop();
    const shown = {};
    this.#shown = shown;
    const { codedWidth, codedHeight } = size ?? defaultSize;
    renderCard(card, codedWidth, codedHeight).then(
      (frame) => {
        if (this.#shown === shown) this.#play(frame);
      },
      (error: unknown) => this.#logger.error({ err: error }, `cannot draw "${card.title}"`),
    );
  }

  /** Shows nothing any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#shown = null;
  }

  #play(frame: VideoFrame): void {
    const deliver = (): void => {
      this.#deliver(frame.clone({ timestamp: Math.round(performance.now() * 1000) }));
    };
    deliver();
    // Made from plain bytes, so the frame needs no closing when the interval ends.
    this.#timer = setInterval(deliver, intervalMs);
    this.#timer.unref();
  }
}
