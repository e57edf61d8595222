/** Sums of brightness along one side of a picture, in bands that lie next to each other. */
export interface Profile {
  /** One byte per place and band, band after band. */
  values: Uint8Array;
  /** Places in a band. */
  length: number;
}

/** Every 4th place is looked at first; the result is then refined place by place. */
const coarse = 4;

/**
 * How far a picture has moved along one side since the one before, from their brightness profiles:
 * each band is matched on its own and the median counts, so that what moves within the picture does
 * not pass for the camera's movement.
 *
 * @param range - The furthest movement looked for, in places.
 * @returns Places, with fractions; positive when the content has moved towards higher places.
 */
export function estimateShift(before: Profile, now: Profile, range: number): number {
  const { length } = now;
  const shifts: number[] = [];
  for (let at = 0; at + length <= now.values.length; at += length) {
    const a = slope(before.values.subarray(at, at + length));
    const b = slope(now.values.subarray(at, at + length));
    const shift = matchBand(a, b, range);
    if (shift !== null) shifts.push(shift);
  }
  if (shifts.length === 0) return 0;
  shifts.sort((x, y) => x - y);
  const middle = shifts.length >> 1;
  const upper = shifts[middle] as number;
  return shifts.length % 2 === 1 ? upper : (upper + (shifts[middle - 1] as number)) / 2;
}

/** Differences of neighbours: what stays when a lamp or the exposure changes the brightness. */
function slope(band: Uint8Array): Int16Array {
  const result = new Int16Array(band.length);
  for (let i = 2; i < band.length; i += 1) {
    result[i] = (band[i] as number) - (band[i - 2] as number);
  }
  return result;
}

function matchBand(a: Int16Array, b: Int16Array, range: number): number | null {
  let energy = 0;
  for (const value of b) energy += Math.abs(value);
  // A band without structure (sky, a wall) knows nothing.
  if (energy < b.length / 2) return null;
  let best = 0;
  let least = distance(a, b, 0, 1);
  const most = Math.min(range, (a.length >> 1) - 1);
  for (let shift = -most; shift <= most; shift += coarse >> 1) {
    const found = distance(a, b, shift, 2);
    if (found < least) [best, least] = [shift, found];
  }
  least = Infinity;
  const costs = new Map<number, number>();
  for (let shift = best - coarse; shift <= best + coarse; shift += 1) {
    const found = distance(a, b, shift, 1);
    costs.set(shift, found);
    if (found < least) [best, least] = [shift, found];
  }
  return best + fraction(costs.get(best - 1), least, costs.get(best + 1));
}

/** Mean difference of `b` and `a` moved by `shift`, where they overlap. */
function distance(a: Int16Array, b: Int16Array, shift: number, step: number): number {
  const first = Math.max(0, shift);
  const last = Math.min(b.length, a.length + shift);
  let sum = 0;
  let count = 0;
  for (let i = first; i < last; i += step) {
    const difference = (b[i] as number) - (a[i - shift] as number);
    sum += difference < 0 ? -difference : difference;
    count += 1;
  }
  return count === 0 ? Infinity : sum / count;
}

/** Where between places the match lies, from its neighbours: -0.5 to 0.5. */
function fraction(left: number | undefined, least: number, right: number | undefined): number {
  if (left === undefined || right === undefined) return 0;
  const bend = left + right - 2 * least;
  return bend <= 0 ? 0 : (left - right) / (2 * bend);
}
