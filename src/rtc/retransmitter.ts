import type { DtlsLink } from './dtls-link.js';
import { PacketCopies } from './packet-copies.js';
import { PacketHistory } from './packet-history.js';
import type { SentPacket } from './packet-history.js';
import { sharedRun } from './packet-run.js';
import type { PacketRun } from './packet-run.js';
import { RtpHeaderWriter } from './rtp-header.js';
import { firstSequenceNumber } from './rtp-identity.js';
import type { OfferedExtensions } from './peer-offer.js';
import type { SendBudget } from './send-budget.js';
import type { SendStats } from './viewer-stats.js';

/** Requests that may wait; what comes then will be asked for again. */
const maxWaiting = 512;
/** Bytes that may be sent again beyond what was sent since: each new byte allows one old one. */
const maxCredit = 96 * 1024;

/** How a {@link Retransmitter} sends. */
export interface RetransmitterOptions {
  /** Of retransmissions (RFC 4588). */
  rtxSsrc: number;
  /** `null` where packets are sent again as they were. */
  rtxPayloadType: number | null;
  mid: string;
  extensions: OfferedExtensions;
  /** Counted up; its round trip says how soon a packet may be asked for again. */
  stats: SendStats;
}

/** Sends packets again: those asked for, within limits, and any to fill a line that is being measured. */
export class Retransmitter {
  readonly #link: DtlsLink;
  readonly #options: RetransmitterOptions;
  readonly #headers: RtpHeaderWriter | null;
  readonly #history: PacketHistory | null;
  readonly #copies: PacketCopies | null;
  #index: number = firstSequenceNumber();
  #waiting: number[] = [];
  #credit = maxCredit;
  #padded = 0;

  constructor(link: DtlsLink, options: RetransmitterOptions) {
    const { rtxPayloadType: payloadType, rtxSsrc: ssrc, extensions, mid } = options;
    this.#link = link;
    this.#options = options;
    const rtx = payloadType !== null;
    this.#headers = rtx ? new RtpHeaderWriter(extensions, mid, { ssrc, payloadType }) : null;
    this.#history = rtx ? new PacketHistory() : null;
    this.#copies = rtx ? null : new PacketCopies();
  }

  /** True while requests wait. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes a picture whose first packet is sent now; see `PacketHistory.add`. */
  add(first: number, timestamp: number, payloads: readonly Buffer[], nowMs: number): void {
    this.#history?.add(first, timestamp, payloads, nowMs);
  }

  /** Takes the packets of a run that was sent. */
  addRun(run: PacketRun, nowMs: number): void {
    let bytes = 0;
    for (let i = 0; i < run.count; i++) {
      bytes += (run.ends[i] as number) - (run.starts[i] as number);
      this.#copies?.add(run.indexes[i] as number, run.packet(i), nowMs);
    }
    this.#credit = Math.min(maxCredit, this.#credit + bytes);
  }

  /** Asks for a packet again; {@link send} does it. */
  request(index: number): void {
    if (this.#waiting.length < maxWaiting) this.#waiting.push(index);
  }

  /** Sends what was asked for, as far as `budget` goes; what the limits do not allow is passed over. */
  send(budget: SendBudget, showMid: boolean, nowMs: number): void {
    let done = 0;
    for (; done < this.#waiting.length && budget.open; done++) {
      if (this.#credit <= 0) {
        done = this.#waiting.length;
        break;
      }
      const bytes = this.#resend(this.#waiting[done] as number, showMid, nowMs);
      if (bytes === 0) continue;
      this.#options.stats.packetsRetransmitted += 1;
      this.#credit -= bytes;
      budget.take(bytes);
    }
    this.#waiting = done === this.#waiting.length ? [] : this.#waiting.slice(done);
  }

  /**
   * Sends about so many bytes of the newest picture once more, which the peer throws away; a run of packets at most.
   *
   * @returns Bytes sent; 0 without RTX, and before the first picture.
   */
  pad(bytes: number, showMid: boolean, nowMs: number): number {
    const run = sharedRun;
    run.begin(this.#options.rtxSsrc);
    let added = 0;
    while (added < bytes) {
      const recent = this.#history?.recent(this.#padded) ?? null;
      if (recent === null || run.isFull(recent.packet.payload.length + 2)) break;
      this.#padded = (this.#padded + 1) & 0xffff;
      added += this.#write(run, recent.packet, recent.index, showMid, nowMs);
    }
    return run.count > 0 ? this.#link.sendRun(run) : 0;
  }

  /** Forgets all. */
  clear(): void {
    this.#waiting = [];
    this.#history?.clear();
    this.#copies?.clear();
  }

  /** Bytes sent; 0 when the packet may not be sent again now. */
  #resend(index: number, showMid: boolean, nowMs: number): number {
    const roundTripMs = this.#options.stats.roundTripMs ?? 0;
    if (this.#copies !== null) {
      const copy = this.#copies.take(index, roundTripMs, nowMs);
      if (copy !== null) this.#link.resend(copy);
      return copy?.length ?? 0;
    }
    const packet = this.#history?.take(index, roundTripMs, nowMs) ?? null;
    if (packet === null) return 0;
    const run = sharedRun;
    run.begin(this.#options.rtxSsrc);
    this.#write(run, packet, index, showMid, nowMs);
    return this.#link.sendRun(run);
  }

  /** The original sequence number comes first (RFC 4588, 4). */
  #write(
    run: PacketRun,
    { payload, timestamp, marker }: Readonly<SentPacket>,
    original: number,
    showMid: boolean,
    nowMs: number,
  ): number {
    const headers = this.#headers as RtpHeaderWriter;
    const index = this.#index++;
    const size = headers.begin(timestamp, { mid: showMid, playoutDelayMs: null }, nowMs);
    const bytes = size + 2 + payload.length;
    const at = run.add(size, 2 + payload.length, index);
    const number = headers.numbers ? this.#link.log(nowMs, bytes) : 0;
    headers.write(run.bytes, at, size, marker, index & 0xffff, number);
    run.bytes[at + size] = original >> 8;
    run.bytes[at + size + 1] = original;
    run.bytes.set(payload, at + size + 2);
    return bytes;
  }
}
