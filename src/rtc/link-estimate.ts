/** What is known of the network between us and a peer; plain data, replaced as a whole when something is learnt. */
export interface LinkEstimate {
  /**
   * Bits per second that it seems to bear for our media, headers of IP and UDP not counted; `null` before anything is
   * known. Cautious while little is sent: no more than about 1.25 times that can be known to go through, and what a probe has shown.
   */
  readonly bitrate: number | null;
  /** Bits per second of all RTP that we send now, retransmissions and padding included; 0 before anything is sent. */
  readonly sentBitrate: number;
  /** Share of our packets lost lately, 0 to 1. */
  readonly fractionLost: number;
  /** There and back; `null` before the first measurement. */
  readonly roundTripMs: number | null;
  /** How much later than the fastest ones our packets arrive now: what waits in the network. `null`: not known. */
  readonly queueMs: number | null;
  /** More is sent than the network takes: the queue in it grows, or much gets lost. */
  readonly congested: boolean;
  /** Nothing was heard of what we sent lately, as in an outage: all else is of before. */
  readonly silent: boolean;
  /** Padding is being sent to find out whether more goes through; what it says comes a round trip later. */
  readonly probing: boolean;
}

/** Of a link that nothing was heard of yet. */
export const unknownLink: LinkEstimate = {
  bitrate: null,
  sentBitrate: 0,
  fractionLost: 0,
  roundTripMs: null,
  queueMs: null,
  congested: false,
  silent: false,
  probing: false,
};
