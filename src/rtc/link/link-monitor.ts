import type { LinkEstimate } from '../link-estimate.js';
import type { RtcpMessage } from '../rtcp-reader.js';
import type { SentRecords } from './arrival-estimator.js';
import { LinkEstimator } from './link-estimator.js';
import { PaddingProbe } from './padding-probe.js';
import type { PaddingPort } from './padding-probe.js';

/** How a {@link LinkMonitor} is joined to its peer. */
export interface LinkMonitorOptions extends PaddingPort {
  /** Of our pictures. */
  ssrc: number;
  /** What was sent, by transport-wide numbers. */
  sent: SentRecords;
  /** Round trip of the newest report or keep-alive, in ms; `null` before the first. */
  roundTripMs(): number | null;
  /** See `LinkEstimator`. */
  onLink: (link: LinkEstimate) => void;
}

/** Where the peer estimates for itself, which takes long, a probe does too; then it takes so long at most. */
const climbMs = 20_000;

/** Watches the link to one peer and probes it; close() ends a probe that runs. */
export class LinkMonitor {
  readonly #options: LinkMonitorOptions;
  readonly #estimator: LinkEstimator;
  readonly #probe: PaddingProbe;
  #keepAliveMs: number | null = null;

  constructor(options: LinkMonitorOptions) {
    this.#options = options;
    this.#estimator = new LinkEstimator({
      sent: options.sent,
      bytesSent: () => options.bytesSent(),
      onLink: options.onLink,
    });
    this.#probe = new PaddingProbe(options);
  }

  /** As it is now; a new object each time. */
  get link(): LinkEstimate {
    return this.#at(performance.now());
  }

  /** Takes what the peer reports; to be called after the stream has taken it, which measures the round trip. */
  handleRtcp(message: RtcpMessage): void {
    const now = performance.now();
    switch (message.kind) {
      case 'arrivals':
        this.#estimator.takeFeedback(now, message.feedback);
        break;
      case 'bandwidth':
        this.#estimator.takeBandwidth(now, message.bitrate);
        break;
      case 'report':
        for (const { ssrc, fractionLost } of message.blocks) {
          if (ssrc !== this.#options.ssrc) continue;
          this.#estimator.takeReport(now, fractionLost / 256, this.#options.roundTripMs());
        }
        break;
      case 'nack':
      case 'pli':
      case 'fir':
        break;
    }
  }

  /**
   * Takes the round trip of the newest keep-alive; to be called once a second. The same value twice is one measurement.
   */
  tick(keepAliveMs: number | null): void {
    if (keepAliveMs === null || keepAliveMs === this.#keepAliveMs) return;
    this.#keepAliveMs = keepAliveMs;
    this.#estimator.takeRoundTrip(performance.now(), keepAliveMs);
  }

  /**
   * Sends padding to find out whether the link bears so much, pictures included. What comes of it is seen in
   * {@link link}. Does nothing while one runs.
   *
   * @param bitrate - Bits per second.
   * @param ms - How long, where the peer says when packets arrive; otherwise until its own estimate has followed, up to 20 s.
   */
  probe(bitrate: number, ms: number): void {
    if (this.#probe.running) return;
    if (this.#estimator.measuresBursts) {
      const now = performance.now();
      this.#estimator.noteProbe(now, now + ms);
      this.#probe.burst(bitrate, ms);
    } else {
      this.#probe.climb(bitrate, climbMs, () => this.link);
    }
  }

  /** Ends a probe. A second call does nothing. */
  close(): void {
    this.#probe.stop();
  }

  #at(now: number): LinkEstimate {
    const link = this.#estimator.at(now);
    return this.#probe.running && !link.probing ? { ...link, probing: true } : link;
  }
}
