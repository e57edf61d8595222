import type { RenditionInfo } from '../media/rendition-info.js';
import type { LinkEstimate } from '../rtc/link-estimate.js';
import { Backoff, LinkRecord } from './link-record.js';

/** What a viewer asks for: the best that its link bears, or always the first, the middle, the last of the ladder. */
export type Quality = 'auto' | 'high' | 'medium' | 'low';

/** Every {@link Quality}. */
export const qualities: readonly Quality[] = ['auto', 'high', 'medium', 'low'];

/** What a viewer shall get from now on. */
export interface RenditionDecision {
  /** The one to be on, from its next key frame; `null` only for an empty ladder. */
  readonly rendition: RenditionInfo | null;
  /** Bits per second that the link bears for the pictures, for `Subscription.limit`; `null` where it is no limit. */
  readonly limit: number | null;
  /**
   * Send no pictures, of whichever rendition, so that the queue in the network drains; sound goes on. When it is false
   * again, pictures begin with a key frame of {@link rendition}.
   */
  readonly pause: boolean;
  /** To be handed to `PeerSession.probe`, once: whether the link bears the next better rendition. */
  readonly probe: { readonly bitrate: number; readonly ms: number } | null;
}

/** A better rendition needs so much more than its bitrate: key frames, retransmissions, sound. */
const headroom = 1.2;
/** What of the estimate pictures may take; the rest is for sound and retransmissions. */
const pictureShare = 0.85;
/** So long after a congestion has ended nothing better is tried. */
const calmMs = 3000;
/** A congested viewer's lower limit has so long to lower the rendition's bitrate before the viewer moves down. */
const followMs = 1500;
/** As long as the queue is no longer than this, it has longer. */
const urgentQueueMs = 200;
const patientMs = 2500;
/** A probe is sent faster than what it is to show: what arrives is measured with a margin. */
const probeShare = 1.3;
/** If the link bears no more than before, a probe makes a queue of this. */
const probeQueueMs = 100;
/** A longer queue than this says by itself that there is no room. */
const probeableQueueMs = 50;
const minProbeMs = 25;
const maxProbeMs = 200;
/** An estimate that follows from a probe has come so long after it. */
const probeAnswerMs = 1000;
/** Waits after probes in vain, which cost a few packets, and after rises that had to be taken back, which are seen. */
const probeWaits = [3000, 20_000] as const;
const riseWaits = [10_000, 60_000] as const;
/** After trials in vain of what the link bears only as long as nobody else keeps the bitrate up. */
const trialWaits = [30_000, 240_000] as const;
/** A viewer that stays so long where it rose to has risen rightly. */
const provenMs = 15_000;
/** So long a link must have borne more than the least that a better rendition takes, but less than it takes at its best. */
const trialMs = 5000;

/**
 * Which rendition of a stream one viewer gets. It begins with the best, moves down as soon as its link is congested, and up when
 * the link has shown that it bears more. Without clock and timers of its own: `decide()` is called about four times
 * a second, and when the estimate says something new.
 */
export class RenditionChooser {
  /** What the viewer asks for; takes effect at the next {@link decide}. Default `auto`. */
  quality: Quality = 'auto';
  readonly #record: LinkRecord = new LinkRecord();
  readonly #probes: Backoff = new Backoff(...probeWaits);
  readonly #rises: Backoff = new Backoff(...riseWaits);
  readonly #trials: Backoff = new Backoff(...trialWaits);
  #onTrial = false;
  #probeEndsAt: number | null = null;
  #roseAt: number | null = null;
  #bearsSince: number | null = null;

  /**
   * @param now - In ms, of any clock that only goes forward.
   * @param link - The viewer's, as it is now.
   * @param ladder - Best first.
   * @param current - The one whose pictures are sent or awaited; `null` for a fresh viewer.
   */
  decide(
    now: number,
    link: LinkEstimate,
    ladder: readonly RenditionInfo[],
    current: RenditionInfo | null,
  ): RenditionDecision {
    this.#record.note(now, link);
    const at = current === null ? -1 : ladder.findIndex(({ id }) => id === current.id);
    const { rendition, probe } = this.#choose(now, link, ladder, at);
    const bears = forPictures(link);
    return {
      rendition,
      limit: rendition === null || bears >= rendition.bitrate ? null : Math.round(bears),
      pause: this.#record.paused,
      probe,
    };
  }

  #choose(
    now: number,
    link: LinkEstimate,
    ladder: readonly RenditionInfo[],
    at: number,
  ): Pick<RenditionDecision, 'rendition' | 'probe'> {
    const pinned = pinnedOf(this.quality, ladder);
    if (pinned !== null) return { rendition: pinned, probe: null };
    const current = ladder[at];
    if (current === undefined) return { rendition: bestFor(link, ladder), probe: null };
    const worse = ladder.slice(at + 1);
    if (worse.length > 0 && this.#isTooMuch(now, link, current)) {
      this.#noteFall(now, link.queueMs ?? 0);
      return { rendition: bestFor(link, worse), probe: null };
    }
    if (this.#roseAt !== null && now - this.#roseAt > provenMs) this.#noteProven();
    const better = ladder[at - 1];
    if (better === undefined) return { rendition: current, probe: null };
    return this.#lookUp(now, link, current, better);
  }

  /** Whether the link cannot take this rendition, not even at the bitrate that it may come down to. */
  #isTooMuch(now: number, link: LinkEstimate, { minBitrate }: RenditionInfo): boolean {
    if (forPictures(link) < minBitrate) return true;
    // Others may keep the rendition's bitrate up: after one pause it has had time to come down, and for a trial it has been.
    if (this.#record.pausesInARow > (this.#onTrial ? 0 : 1)) return true;
    const isUrgent = link.congested && (link.queueMs ?? 0) > urgentQueueMs;
    return this.#record.overloadedFor(now) >= (isUrgent ? followMs : patientMs);
  }

  #noteFall(now: number, queueMs: number): void {
    // What was risen to was too much, or not for long enough to tell.
    if (this.#onTrial) this.#trials.fail(now);
    else if (this.#roseAt !== null) this.#rises.fail(now);
    this.#onTrial = false;
    this.#roseAt = null;
    this.#probeEndsAt = null;
    this.#bearsSince = null;
    this.#probes.fail(now);
    this.#record.noteFall(now, queueMs);
  }

  #noteProven(): void {
    this.#roseAt = null;
    if (this.#onTrial) this.#trials.succeed();
    else this.#rises.succeed();
    this.#onTrial = false;
  }

  /** Up, when the link bears it; a probe, to find out. */
  #lookUp(
    now: number,
    link: LinkEstimate,
    current: RenditionInfo,
    better: RenditionInfo,
  ): Pick<RenditionDecision, 'rendition' | 'probe'> {
    const stay = { rendition: current, probe: null };
    const isCalm = this.#record.calmFor(now) >= calmMs;
    if (link.silent || this.#record.paused || !this.#rises.isOver(now)) return stay;
    const hasSettled = this.#roseAt === null || now - this.#roseAt >= calmMs;
    if (isCalm && hasSettled && this.#bears(now, link, better)) {
      this.#onTrial = !bearsBest(link, better);
      this.#noteRise(now);
      return { rendition: better, probe: null };
    }
    if (link.probing) return stay;
    if (this.#probeEndsAt !== null) {
      if (now - this.#probeEndsAt < probeAnswerMs) return stay;
      this.#probeEndsAt = null;
      this.#probes.fail(now);
    }
    if (!isCalm || !hasSettled || !this.#probes.isOver(now) || link.bitrate === null) return stay;
    if ((link.queueMs ?? 0) > probeableQueueMs) return stay;
    const bitrate = Math.round(better.bitrate * headroom * probeShare);
    const ms = probeTime(bitrate, link.bitrate);
    this.#probeEndsAt = now + ms;
    this.#record.noteProbe(now + ms);
    return { rendition: current, probe: { bitrate, ms } };
  }

  #bears(now: number, link: LinkEstimate, better: RenditionInfo): boolean {
    if (bearsBest(link, better)) return true;
    // At its best it would be too much: it may follow this viewer down, unless others keep it up.
    if (forPictures(link) < better.minBitrate * headroom || !this.#trials.isOver(now)) {
      this.#bearsSince = null;
      return false;
    }
    this.#bearsSince ??= now;
    return now - this.#bearsSince >= trialMs;
  }

  #noteRise(now: number): void {
    this.#roseAt = now;
    this.#probeEndsAt = null;
    this.#bearsSince = null;
    this.#probes.succeed();
    this.#record.noteRise();
  }
}

/** Bits per second that a link bears for pictures; `Infinity` where no limit is known. */
function forPictures({ bitrate }: LinkEstimate): number {
  return bitrate === null ? Infinity : bitrate * pictureShare;
}

/** Whether a link bears all that a rendition takes. */
function bearsBest({ bitrate }: LinkEstimate, rendition: RenditionInfo): boolean {
  return bitrate === null || bitrate >= rendition.bitrate * headroom;
}

/** How long a probe may last so that it makes no long queue if the link bears no more than is known. */
function probeTime(bitrate: number, known: number): number {
  const excess = Math.max(bitrate - known, 1);
  return Math.round(Math.min(maxProbeMs, Math.max(minProbeMs, (probeQueueMs * known) / excess)));
}

/** The best that a link bears; the last when it bears none. */
function bestFor(link: LinkEstimate, ladder: readonly RenditionInfo[]): RenditionInfo | null {
  const bears = forPictures(link);
  return ladder.find(({ minBitrate }) => minBitrate * headroom <= bears) ?? ladder.at(-1) ?? null;
}

/** Where a viewer has chosen for itself; `null` where it leaves it to the link. */
function pinnedOf(quality: Quality, ladder: readonly RenditionInfo[]): RenditionInfo | null {
  if (quality === 'auto' || ladder.length === 0) return null;
  if (quality === 'high') return ladder[0] ?? null;
  if (quality === 'low') return ladder.at(-1) ?? null;
  return ladder[Math.floor(ladder.length / 2)] ?? null;
}
