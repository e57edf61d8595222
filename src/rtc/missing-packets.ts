/** Packets that are asked for at a time; more are a broken path, which a key frame mends better. */
const maxMissing = 256;
/** How often a packet is asked for. */
const maxTries = 10;
/** Shortest time between two requests for a packet. */
const minGapMs = 20;
/** When a missing packet is given up: asked for again, or, where that was not agreed on, merely late. */
const patienceMs = { asked: 600, late: 60 } as const;
/** A packet missing for so long makes a key frame worth having. */
const stuckMs = 200;

interface Missing {
  readonly sinceMs: number;
  tries: number;
  nextAtMs: number;
}

/** What is to be done about missing packets now. */
export interface MissingVerdict {
  /** Numbers to ask for, ascending. */
  readonly ask: readonly number[];
  /** True when one of them has been missing for so long that a key frame should be asked for. */
  readonly stuck: boolean;
  /** The last one that will not come any more; `null` while there is hope. */
  readonly hopeless: number | null;
}

/** Packets that have not come: which to ask for, when, and when to give up (RFC 4585, 6.2.1). */
export class MissingPackets {
  readonly #asks: boolean;
  readonly #packets: Map<number, Missing> = new Map();

  /** @param asks - False where the peer does not send packets again. */
  constructor(asks: boolean) {
    this.#asks = asks;
  }

  /** How many there are. */
  get size(): number {
    return this.#packets.size;
  }

  /** Notes a gap. False when it is too large to be filled. */
  add(from: number, to: number, nowMs: number): boolean {
    if (to - from + this.#packets.size > maxMissing) return false;
    for (let index = from; index < to; index++) {
      this.#packets.set(index, { sinceMs: nowMs, tries: 0, nextAtMs: nowMs });
    }
    return true;
  }

  /** One has come after all. */
  delete(index: number): void {
    this.#packets.delete(index);
  }

  /** Those below `index` are of no use any more. */
  dropBelow(index: number): void {
    if (this.#packets.size === 0) return;
    for (const key of this.#packets.keys()) if (key < index) this.#packets.delete(key);
  }

  /** Forgets all. */
  clear(): void {
    this.#packets.clear();
  }

  /**
   * What is to be done now; those to ask for count as asked.
   *
   * @param roundTripMs - An answer takes so long.
   */
  check(nowMs: number, roundTripMs: number): MissingVerdict {
    const ask: number[] = [];
    let stuck = false;
    let hopeless: number | null = null;
    for (const [index, missing] of this.#packets) {
      const waitedMs = nowMs - missing.sinceMs;
      stuck ||= waitedMs > stuckMs;
      if (waitedMs > (this.#asks ? patienceMs.asked : patienceMs.late)) {
        hopeless = Math.max(hopeless ?? index, index);
      }
      if (!this.#asks || nowMs < missing.nextAtMs || missing.tries >= maxTries) continue;
      missing.tries += 1;
      missing.nextAtMs = nowMs + Math.max(minGapMs, roundTripMs * 1.2);
      ask.push(index);
    }
    return { ask: ask.sort((a, b) => a - b), stuck, hopeless };
  }
}
