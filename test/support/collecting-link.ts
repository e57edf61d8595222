import type { DtlsLink } from '../../src/rtc/dtls-link.js';
import type { PacketRun } from '../../src/rtc/packet-run.js';
import { readRtpHeader } from '../../src/rtc/rtp-packet.js';
import type { RtpHeaderFields } from '../../src/rtc/rtp-packet.js';
import { SentLog } from '../../src/rtc/sent-log.js';

/** A packet as a {@link CollectingLink} took it. */
export interface CollectedPacket extends RtpHeaderFields {
  readonly payload: Buffer;
  readonly data: Buffer;
  readonly atMs: number;
}

/** Takes what a stream sends, in clear. */
export class CollectingLink {
  readonly packets: CollectedPacket[] = [];
  readonly rtcp: Buffer[] = [];
  readonly sentLog: SentLog = new SentLog();
  /** False: packets have no way. */
  connected = true;

  /** As the type that streams are made with. */
  get link(): DtlsLink {
    return this as unknown as DtlsLink;
  }

  sendRun(run: PacketRun): number {
    if (!this.connected) return 0;
    let bytes = 0;
    for (let i = 0; i < run.count; i++) bytes += this.#take(Buffer.from(run.packet(i)));
    return bytes;
  }

  resend(packet: Buffer): void {
    this.#take(packet);
  }

  sendRtcp(packet: Buffer): void {
    this.rtcp.push(packet);
  }

  log(nowMs: number, bytes: number): number {
    return this.sentLog.add(nowMs, bytes);
  }

  #take(data: Buffer): number {
    const header = readRtpHeader(data);
    if (header === null) throw new Error('no RTP');
    const payload = data.subarray(header.size);
    this.packets.push({ ...header, payload, data, atMs: performance.now() });
    return data.length;
  }
}
