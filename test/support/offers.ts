import { readFileSync } from 'node:fs';

/** An offer as a browser or another peer made it: a file of `test/fixtures/offers/`. */
export function fixtureOffer(name: string): string {
  return readFileSync(new URL(`../fixtures/offers/${name}.sdp`, import.meta.url), 'utf8');
}
