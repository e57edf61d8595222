/** Which of our packets arrived, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). */
export interface TransportFeedback {
  /** Transport-wide number of the first packet. */
  readonly first: number;
  /**
   * Of that packet and those behind it: when each arrived, in ms of the peer's clock, which begins anew each 12 days;
   * `NaN` for one that did not.
   */
  readonly arrivals: Float64Array;
}

/** More packets than are ever under way; what claims more is made up. */
const maxPackets = 4096;
const headerSize = 20;
/** The reference time is in units of 64 ms, what follows in quarters of one. */
const referenceMs = 64;
const deltaMs = 0.25;

/** What happened to a packet: not received, received (one byte says when), received (two bytes do). */
const received = 1;
const receivedLate = 2;

/** Reads one feedback packet, header included; `null` when it is malformed. Never throws. */
export function readTransportFeedback(packet: Buffer): TransportFeedback | null {
  if (packet.length < headerSize) return null;
  const first = packet.readUInt16BE(12);
  const count = packet.readUInt16BE(14);
  if (count === 0 || count > maxPackets) return null;
  const arrivals = new Float64Array(count).fill(Number.NaN);
  const deltasAt = readStatuses(packet, arrivals);
  return deltasAt !== null && readDeltas(packet, deltasAt, arrivals) ? { first, arrivals } : null;
}

/**
 * Writes each packet's status in the place of its time, `NaN` where it did not arrive.
 *
 * @returns Where the times begin; `null` when statuses are missing.
 */
function readStatuses(packet: Buffer, statuses: Float64Array): number | null {
  const count = statuses.length;
  let at = headerSize;
  for (let index = 0; index < count; at += 2) {
    if (at + 2 > packet.length) return null;
    const chunk = packet.readUInt16BE(at);
    if (chunk < 0x8000) {
      const status = chunk >> 13;
      const end = Math.min(count, index + (chunk & 0x1fff));
      // A run of none would never end.
      if (end === index) return null;
      if (status !== 0) statuses.fill(status, index, end);
      index = end;
      continue;
    }
    const wide = (chunk & 0x4000) !== 0;
    const bits = wide ? 2 : 1;
    for (let shift = 14 - bits; shift >= 0 && index < count; shift -= bits, index++) {
      const status = (chunk >> shift) & (wide ? 3 : 1);
      if (status !== 0) statuses[index] = status;
    }
  }
  return at;
}

/** Puts the times where the statuses are; false when some are missing. */
function readDeltas(packet: Buffer, from: number, statuses: Float64Array): boolean {
  let at = from;
  let time = packet.readIntBE(16, 3) * referenceMs;
  for (let index = 0; index < statuses.length; index++) {
    const status = statuses[index];
    if (status === received) {
      if (at + 1 > packet.length) return false;
      time += packet.readUInt8(at) * deltaMs;
      at += 1;
    } else if (status === receivedLate) {
      if (at + 2 > packet.length) return false;
      time += packet.readInt16BE(at) * deltaMs;
      at += 2;
    } else {
      // Reserved: nothing says when.
      statuses[index] = Number.NaN;
      continue;
    }
    statuses[index] = time;
  }
  return true;
}
