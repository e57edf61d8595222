import type { SendStats } from './viewer-stats.js';

/** What the viewer may add to smooth the flow of pictures, ms; it takes what it needs. */
const smoothMs = 400;
/** Uneven arrival beyond this, ms, shows as judder; half of it is nothing to speak of. */
const unevenMs = 20;
/** So many packets lost, and pictures that wait for one to be sent again come in bunches. */
const lossy = 0.005;
/** The link has to be calm for so many seconds before pictures are shown at once again. */
const calmTicks = 10;

/**
 * Decides how long a viewer may hold pictures back (the header extension playout-delay). On a calm link each one
 * is shown the moment it is decoded: browsers do without the wait for a second refresh of the screen then, up to 17 ms.
 * On an uneven one they smooth it, and beside sound they need room to keep the two in step.
 */
export class PlayoutWish {
  /** Sound is played beside the pictures. Default false. */
  listening: boolean = false;
  #calm = calmTicks;

  /** To be called once a second with the newest reports. */
  note({ jitterMs, fractionLost }: Pick<SendStats, 'jitterMs' | 'fractionLost'>): void {
    const troubled = (jitterMs ?? 0) > unevenMs || (fractionLost ?? 0) > lossy;
    const isQuiet = (jitterMs ?? 0) <= unevenMs / 2 && (fractionLost ?? 0) === 0;
    if (troubled) this.#calm = 0;
    else if (isQuiet || this.#calm >= calmTicks) this.#calm += 1;
  }

  /** The longest delay to grant, ms. */
  get maxMs(): number {
    return this.listening || this.#calm < calmTicks ? smoothMs : 0;
  }
}
