/** Fewer packets, or a shorter time, cannot be measured. */
const minPackets = 5;
const minSpanMs = 8;
/** Arrives less than this of what was sent: the link was full. */
const throughShare = 0.85;
/** Of what went through, this may be relied on. */
const reliableShare = 0.95;

/** Measures at which rate a burst of packets arrived. */
export class ProbeMeter {
  readonly #from: number;
  readonly #to: number;
  #packets = 0;
  #bytes = 0;
  #firstBytes = 0;
  #lastBytes = 0;
  #sentFrom = 0;
  #sentTo = 0;
  #arrivedFrom = 0;
  #arrivedTo = 0;

  /** @param from - Packets sent from this moment to `to`, in ms of their clock, belong to the burst. */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** Takes a packet that arrived, in the order of sending; true when it was sent after the burst: {@link result} is complete. */
  add(sentAt: number, arrivedAt: number, bytes: number): boolean {
    if (sentAt < this.#from) return false;
    if (sentAt > this.#to) return true;
    if (this.#packets === 0) {
      this.#sentFrom = sentAt;
      this.#arrivedFrom = arrivedAt;
      this.#firstBytes = bytes;
    }
    this.#packets += 1;
    this.#bytes += bytes;
    this.#lastBytes = bytes;
    this.#sentTo = sentAt;
    this.#arrivedTo = Math.max(this.#arrivedTo, arrivedAt);
    return false;
  }

  /** Bits per second that the link has shown to bear; `null` when too little arrived to tell. */
  get result(): number | null {
    const sentMs = this.#sentTo - this.#sentFrom;
    const arrivedMs = this.#arrivedTo - this.#arrivedFrom;
    if (this.#packets < minPackets || sentMs < minSpanMs || arrivedMs < minSpanMs) return null;
    // Between the first and the last moment lie all packets but one: the last of those sent, the first of those arrived.
    const sent = ((this.#bytes - this.#lastBytes) * 8000) / sentMs;
    const arrived = ((this.#bytes - this.#firstBytes) * 8000) / arrivedMs;
    return arrived < sent * throughShare
      ? arrived * throughShare
      : Math.min(sent, arrived) * reliableShare;
  }
}
