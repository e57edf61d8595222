import { readFileSync } from 'node:fs';
import { NegotiationError } from '../../src/errors.js';

/** An offer as a browser or another peer made it: a file of `test/fixtures/offers/`. */
export function fixtureOffer(name: string): string {
  return readFileSync(new URL(`../fixtures/offers/${name}.sdp`, import.meta.url), 'utf8');
}

/**
 * The code of the {@link NegotiationError} that `run` throws; `nothing thrown` where it throws none.
 *
 * @throws what else it throws.
 */
export function negotiationCodeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof NegotiationError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}
