import type { LinkEstimate } from '../link-estimate.js';
import type { TransportFeedback } from '../transport-feedback.js';
import { ArrivalEstimator } from './arrival-estimator.js';
import type { SentRecords } from './arrival-estimator.js';
import { ReportEstimator } from './report-estimator.js';
import { SendRate } from './send-rate.js';

/** What a {@link LinkEstimator} asks and tells. */
export interface LinkEstimatorOptions {
  /** What was sent, by transport-wide numbers. */
  sent: SentRecords;
  /** All bytes that were sent so far. */
  bytesSent: () => number;
  /** The estimate says something new: at most four times a second, at once when the link gets congested. */
  onLink: (link: LinkEstimate) => void;
}

const tellEveryMs = 250;

/**
 * What the link to one peer bears, from whatever the peer says of it: when packets arrive, if it says that, otherwise its own
 * estimate, the losses it reports, and the round trip. Without a timer of its own.
 */
export class LinkEstimator {
  readonly #options: LinkEstimatorOptions;
  readonly #sendRate: SendRate = new SendRate();
  readonly #reports: ReportEstimator = new ReportEstimator();
  #arrivals: ArrivalEstimator | null = null;
  #roundTripMs: number | null = null;
  #probingUntil: number = Number.NEGATIVE_INFINITY;
  #toldAt: number = Number.NEGATIVE_INFINITY;
  #toldCongested = false;

  constructor(options: LinkEstimatorOptions) {
    this.#options = options;
  }

  /** True when the peer says when packets arrive: then a short burst of them finds out what goes through. */
  get measuresBursts(): boolean {
    return this.#arrivals !== null;
  }

  /** The link as it is at `now`, by `performance.now()`. */
  at(now: number): LinkEstimate {
    this.#sendRate.note(now, this.#options.bytesSent());
    const arrivals = this.#arrivals?.isFresh(now) === true ? this.#arrivals : null;
    return {
      bitrate: (arrivals ?? this.#reports).bitrate,
      sentBitrate: this.#sendRate.bitrate,
      fractionLost: (arrivals ?? this.#reports).fractionLost,
      roundTripMs: this.#roundTripMs,
      queueMs:
        arrivals === null
          ? this.#reports.queueMsAt(now)
          : arrivals.queueMsAt(now, this.#options.sent),
      congested: (arrivals ?? this.#reports).congestedAt(now),
      silent: arrivals?.isSilent(now) === true && this.#sendRate.bitrate > 0,
      probing: now < this.#probingUntil,
    };
  }

  /** Says when packets arrived. */
  takeFeedback(now: number, feedback: TransportFeedback): void {
    this.#arrivals ??= new ArrivalEstimator();
    this.#arrivals.take(now, feedback, this.#options.sent, this.#roundTripMs ?? 0);
    this.#tell(now);
  }

  /** Takes the peer's own estimate, in bits per second. */
  takeBandwidth(now: number, bitrate: number): void {
    this.#sendRate.note(now, this.#options.bytesSent());
    this.#reports.takeBandwidth(now, bitrate, this.#sendRate.bitrate);
    this.#tell(now);
  }

  /** Takes a receiver report on our pictures. */
  takeReport(now: number, fractionLost: number, roundTripMs: number | null): void {
    if (roundTripMs !== null) this.#roundTripMs = roundTripMs;
    this.#sendRate.note(now, this.#options.bytesSent());
    this.#reports.takeReport(now, { fractionLost, roundTripMs }, this.#sendRate.bitrate);
    this.#tell(now);
  }

  /** Takes the round trip of a keep-alive, for peers that report none. */
  takeRoundTrip(now: number, roundTripMs: number): void {
    this.#roundTripMs = roundTripMs;
    this.#reports.takeReport(now, { fractionLost: null, roundTripMs }, this.#sendRate.bitrate);
    this.#tell(now);
  }

  /** Padding is sent from `now` to `until` to find out what goes through. */
  noteProbe(now: number, until: number): void {
    this.#probingUntil = until;
    this.#arrivals?.measure(now, until);
  }

  #tell(now: number): void {
    const arrivals = this.#arrivals?.isFresh(now) === true ? this.#arrivals : null;
    const congested = (arrivals ?? this.#reports).congestedAt(now);
    const urgent = congested && !this.#toldCongested;
    if (!urgent && now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    this.#toldCongested = congested;
    this.#options.onLink(this.at(now));
  }
}
