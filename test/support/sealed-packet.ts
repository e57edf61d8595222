import { PacketRun } from '../../src/rtc/packet-run.js';
import { RtpHeaderWriter } from '../../src/rtc/rtp-header.js';
import type { SrtpWriter } from '../../src/rtc/srtp-writer.js';

/** Fields of a packet of {@link sealPacket}. */
export interface SealedFields {
  ssrc: number;
  /** Its sequence number, counted on over its roll-overs. */
  index: number;
  /** Default false. */
  marker?: boolean;
  /** Default 1. */
  timestamp?: number;
  /** Goes into an extension; none by default. */
  mid?: string;
}

/** Encrypts one RTP packet, payload type 96. */
export function sealPacket(writer: SrtpWriter, payload: Buffer, fields: SealedFields): Buffer {
  const { ssrc, index, marker = false, timestamp = 1, mid } = fields;
  const run = new PacketRun();
  run.begin(ssrc);
  const ids = mid === undefined ? {} : { mid: { id: 3, oneWay: false } };
  const headers = new RtpHeaderWriter(ids, mid ?? '', { ssrc, payloadType: 96 });
  const size = headers.begin(timestamp, { mid: true, playoutDelayMs: null }, 0);
  const at = run.add(size, payload.length, index);
  headers.write(run.bytes, at, size, marker, index & 0xffff, 0);
  run.bytes.set(payload, at + size);
  writer.seal(run);
  return Buffer.from(run.packet(0));
}
