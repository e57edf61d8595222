import type { RenditionInfo } from '../media/rendition-info.js';
import type { LinkEstimate } from '../rtc/link-estimate.js';
import { LinkRecord } from './link-record.js';

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
const pictureShare = 0.9;
/** So long after a congestion has ended nothing better is tried. */
const calmMs = 3000;
/** A lower bitrate of the same rendition has so long to help before the viewer moves down. */
const followMs = 1500;
/** How long padding is sent for a probe. */
const probeMs = 400;
/** An estimate that follows from a probe has come by then. */
const probeAnswerMs = 1500;

/**
 * Which rendition of a stream one viewer gets. It begins with the best, moves down as soon as its link is congested, and up when
 * the link has shown that it bears more. Without clock and timers of its own: `decide()` is called about four times
 * a second, and when the estimate says something new.
 */
export class RenditionChooser {
  /** What the viewer asks for; takes effect at the next {@link decide}. Default `auto`. */
  quality: Quality = 'auto';
  readonly #record: LinkRecord = new LinkRecord();
  #overloadedSince: number | null = null;
  #probedAt: number | null = null;

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
    const bears = link.bitrate === null ? null : Math.round(link.bitrate * pictureShare);
    return {
      rendition,
      limit: rendition === null || bears === null || bears >= rendition.bitrate ? null : bears,
      pause: this.#record.pausedAt(now),
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
    if (current === undefined) return { rendition: bestFor(link.bitrate, ladder), probe: null };
    if (this.#isTooMuch(now, link, current)) {
      this.#noteFall(now);
      return { rendition: bestFor(link.bitrate, ladder.slice(at + 1)) ?? current, probe: null };
    }
    const next = ladder[at - 1];
    if (next === undefined) return { rendition: current, probe: null };
    return this.#lookUp(now, link, current, next);
  }

  /** Whether the link cannot take this rendition, not even at the bitrate that it may come down to. */
  #isTooMuch(now: number, link: LinkEstimate, current: RenditionInfo): boolean {
    const { bitrate, congested, sentBitrate } = link;
    if (bitrate !== null && bitrate * pictureShare < current.minBitrate) return true;
    // Others may keep the rendition's bitrate up.
    if (!congested && (bitrate === null || sentBitrate <= bitrate)) {
      this.#overloadedSince = null;
      return false;
    }
    this.#overloadedSince ??= now;
    return now - this.#overloadedSince >= followMs;
  }

  #noteFall(now: number): void {
    this.#overloadedSince = null;
    this.#probedAt = null;
    this.#record.noteFall(now);
  }

  /** Up, when the link bears it; a probe, to find out. */
  #lookUp(
    now: number,
    link: LinkEstimate,
    current: RenditionInfo,
    next: RenditionInfo,
  ): Pick<RenditionDecision, 'rendition' | 'probe'> {
    const stay = { rendition: current, probe: null };
    if (this.#record.calmFor(now) < calmMs) {
      if (this.#probedAt !== null) this.#probeFailed(now);
      return stay;
    }
    const needed = next.bitrate * headroom;
    if (link.bitrate === null || link.bitrate >= needed) {
      this.#probedAt = null;
      return this.#record.mayRise(now) ? { rendition: next, probe: null } : stay;
    }
    if (this.#probedAt !== null && now - this.#probedAt > probeMs + probeAnswerMs) {
      this.#probeFailed(now);
    }
    if (this.#probedAt !== null || !this.#record.mayRise(now)) return stay;
    this.#probedAt = now;
    return { rendition: current, probe: { bitrate: Math.round(needed * 1.1), ms: probeMs } };
  }

  #probeFailed(now: number): void {
    this.#probedAt = null;
    this.#record.noteFailure(now);
  }
}

/** The best that a link bears; the last when it bears none. */
function bestFor(bitrate: number | null, ladder: readonly RenditionInfo[]): RenditionInfo | null {
  const borne = ladder.find(
    ({ minBitrate }) => bitrate === null || minBitrate * headroom <= bitrate * pictureShare,
  );
  return borne ?? ladder.at(-1) ?? null;
}

/** Where a viewer has chosen for itself; `null` where it leaves it to the link. */
function pinnedOf(quality: Quality, ladder: readonly RenditionInfo[]): RenditionInfo | null {
  if (quality === 'auto' || ladder.length === 0) return null;
  if (quality === 'high') return ladder[0] ?? null;
  if (quality === 'low') return ladder.at(-1) ?? null;
  return ladder[Math.floor(ladder.length / 2)] ?? null;
}
