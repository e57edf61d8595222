import { AV_NOPTS_VALUE } from 'node-av/constants';
import { Rational } from 'node-av/lib';
import type { Packet } from 'node-av/lib';

/** The two kinds of packets that a source reads. */
export type PacketKind = 'picture' | 'sound';

/** A step back by more than this, µs, is a stream that starts its clock anew, not a late picture. */
const restartStep = 500_000;

/** So near, µs, to where one kind is expected, the other kind's new clock is taken to hold for it too. */
const sameClock = 1_000_000;

/** Unit of all times once {@link RunClock.place} has seen them. */
export const microsecond: Rational = new Rational(1, 1_000_000);

interface Track {
  /** Added to the input's own times. */
  offset: number;
  /** The last own time, and where the next is expected. */
  last: number | null;
  expected: number;
}

/**
 * One clock for pictures and sound of one start of an input: in µs, without the steps back of an input that starts its clock
 * anew. {@link begin} says what time the first picture that is shown has; until then times are not to be given out.
 */
export class RunClock {
  readonly #base: number;
  readonly #tracks: Record<PacketKind, Track> = {
    picture: { offset: 0, last: null, expected: 0 },
    sound: { offset: 0, last: null, expected: 0 },
  };
  #origin: number | null = null;

  /** @param base - When the first picture is to be shown, µs. */
  constructor(base: number) {
    this.#base = base;
  }

  /** True once the first picture is known. */
  get begun(): boolean {
    return this.#origin !== null;
  }

  /**
   * Puts a packet's times on this clock, in place.
   *
   * @param timeBase - Of the packet's stream.
   * @returns When it is decoded; `null` when it says nothing of its time.
   */
  place(kind: PacketKind, packet: Packet, timeBase: Rational): number | null {
    packet.rescaleTs(timeBase, microsecond);
    const [pts, dts] = [timeOf(packet.pts), timeOf(packet.dts)];
    const own = dts ?? pts;
    if (own === null) return null;
    const track = this.#tracks[kind];
    if (track.last !== null && own < track.last - restartStep) this.#rebase(kind, own);
    track.last = own;
    track.expected = own + track.offset + Number(packet.duration);
    if (track.offset !== 0) {
      if (pts !== null) packet.pts = BigInt(pts + track.offset);
      if (dts !== null) packet.dts = BigInt(dts + track.offset);
    }
    return own + track.offset;
  }

  /** Says which time the first picture has; only the first call counts. */
  begin(placed: number): void {
    this.#origin ??= placed;
  }

  /** What is given out for a time of this clock. */
  at(placed: number): number {
    return Math.round(placed - (this.#origin ?? 0)) + this.#base;
  }

  #rebase(kind: PacketKind, own: number): void {
    const track = this.#tracks[kind];
    const other = this.#tracks[kind === 'picture' ? 'sound' : 'picture'];
    const common = Math.abs(own + other.offset - track.expected) < sameClock;
    track.offset = common ? other.offset : Math.round(track.expected - own);
  }
}

function timeOf(value: bigint): number | null {
  return value === AV_NOPTS_VALUE ? null : Number(value);
}
