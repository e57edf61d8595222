import type { Audience } from './audience.js';
import { cardFor } from './card-for.js';
import type { CardPlayer } from './card-player.js';
import type { StreamStatus } from './status.js';
import type { ViewerSubscription } from './viewer-subscription.js';

/** When a source takes longer than this to open, ms, viewers are shown that it is being opened. */
const patienceMs = 1500;

/** What a {@link StreamStanding} works with. */
export interface StandingOptions {
  audience: Audience;
  cards: CardPlayer;
  /** How long a viewer is shown the end before it is sent off, ms. */
  endMs: number;
  /** What size cards should have; `null` when no picture is known. */
  size: () => { codedWidth: number; codedHeight: number } | null;
  /** It is another one now. */
  changed: (status: StreamStatus) => void;
}

/** Where a stream stands, and what its viewers are shown of that: cards in place of pictures, and the end. */
export class StreamStanding {
  readonly #options: StandingOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #status: StreamStatus = { state: 'idle' };
  #closed = false;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  /** The status itself. */
  get status(): StreamStatus {
    return this.#status;
  }

  /** True once nothing else will come. */
  get over(): boolean {
    return this.#status.state === 'ended' || this.#status.state === 'failed';
  }

  /** Takes note of it, and shows viewers what they should know. After `close()` nothing happens. */
  set(status: StreamStatus): void {
    const { state, reason } = this.#status;
    if (this.#closed || (state === status.state && reason === status.reason)) return;
    this.#status = status;
    const { audience, cards, size, changed } = this.#options;
    const card = cardFor(status);
    if (card === null) cards.stop();
    else cards.show(card, size());
    if (status.state === 'connecting') this.#after(patienceMs, () => this.#stillConnecting());
    if (this.over) for (const viewer of audience.connected) this.sendOff(viewer);
    changed(status);
  }

  /** Shows the card of the status again, where it has one that is not being shown. */
  showAgain(): void {
    const { cards, size } = this.#options;
    const card = cardFor(this.#status);
    if (card !== null && !cards.showing) cards.show(card, size());
  }

  /** Shows a viewer the end for a while, then tells it that nothing else will come. */
  sendOff(viewer: ViewerSubscription): void {
    this.#after(this.#options.endMs, () => {
      if (this.over && this.#options.audience.connected.has(viewer)) {
        viewer.end(this.#status.reason ?? '');
      }
    });
  }

  /** Shows nothing more, and sends nobody off any more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.cards.stop();
  }

  #stillConnecting(): void {
    const { audience, cards, size } = this.#options;
    const { state, reason = '' } = this.#status;
    if (state !== 'connecting' || audience.size === 0) return;
    cards.show({ title: 'Connecting…', text: reason }, size());
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
