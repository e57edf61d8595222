import type { ClientCandidate } from './client-candidate.js';

/** Ids whose candidates are kept at a time; a flood of others pushes out the oldest. */
const maxIds = 256;
/** Candidates kept of one id; a browser on many networks sends some 20. */
const maxPerId = 32;
/** How long a candidate may come before its offer. */
const keepMs = 15_000;

interface Kept {
  readonly candidate: ClientCandidate;
  readonly atMs: number;
}

/**
 * Candidates that arrived before their offer, or while it was being answered: a client that trickles posts
 * them side by side. Bounded in every direction.
 */
export class EarlyCandidates {
  readonly #byId: Map<string, Kept[]> = new Map();
  readonly #now: () => number;

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Ids that something is kept of. */
  get size(): number {
    return this.#byId.size;
  }

  /** Keeps a candidate for 15 s; of an id that has 32 already it is left out. */
  add(id: string, candidate: ClientCandidate): void {
    this.#forgetOld();
    const kept = this.#fresh(id);
    if (kept.length >= maxPerId) return;
    // Set anew, so that the map stays in the order of the newest candidates.
    this.#byId.delete(id);
    this.#byId.set(id, [...kept, { candidate, atMs: this.#now() }]);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > maxIds && oldest !== undefined) this.#byId.delete(oldest);
  }

  /** The candidates of an id, in the order they came; they are kept no longer. */
  take(id: string): ClientCandidate[] {
    const kept = this.#fresh(id);
    this.#byId.delete(id);
    return kept.map(({ candidate }) => candidate);
  }

  /** Forgets all. */
  clear(): void {
    this.#byId.clear();
  }

  #fresh(id: string): Kept[] {
    const since = this.#now() - keepMs;
    return (this.#byId.get(id) ?? []).filter(({ atMs }) => atMs >= since);
  }

  #forgetOld(): void {
    const since = this.#now() - keepMs;
    for (const [id, kept] of this.#byId) {
      if ((kept.at(-1)?.atMs ?? 0) >= since) return;
      this.#byId.delete(id);
    }
  }
}
