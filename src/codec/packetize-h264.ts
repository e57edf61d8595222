import type { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import { splitAnnexB } from './annex-b.js';
import type { PayloadRoom } from './payload-memory.js';

const accessUnitDelimiter = 9;
const fillerData = 12;
const stapA = 24;
const fuA = 28;
/** FU-A: an indicator and a header in place of the NAL unit's own first byte. */
const fuHeaderSize = 2;
const fuStart = 0x80;
const fuEnd = 0x40;

/** NAL units that go into one payload; one that is too large for it goes into several. */
interface Group {
  units: Buffer[];
  /** Bytes of the payload: of all of them for a unit that is cut up. */
  size: number;
  fragments: number;
}

/**
 * Payloads of one picture of H.264 in RTP, packetization mode 1: neighbouring small NAL units share a payload (STAP-A), as
 * the parameter sets do, large ones are cut up (FU-A), others travel alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6184#section-5}
 */
export function packetizeH264(
  { data }: EncodedVideoChunk,
  { maxSize, allocate }: PayloadRoom,
): Buffer[] {
  const groups = arrange(splitAnnexB(data).filter(isWorthSending), maxSize);
  const whole = allocate(groups.reduce((sum, { size }) => sum + size, 0));
  const payloads: Buffer[] = [];
  let offset = 0;
  for (const group of groups) {
    const room = whole.subarray(offset, offset + group.size);
    if (group.fragments > 1) payloads.push(...writeFragments(room, group));
    else payloads.push(group.units.length > 1 ? writeStapA(room, group) : writeSingle(room, group));
    offset += group.size;
  }
  return payloads;
}

function arrange(units: readonly Buffer[], maxSize: number): Group[] {
  const groups: Group[] = [];
  for (const unit of units) {
    const length = unit.byteLength;
    const last = groups.at(-1);
    if (length > maxSize) {
      const fragments = Math.ceil((length - 1) / (maxSize - fuHeaderSize));
      groups.push({ units: [unit], size: length - 1 + fragments * fuHeaderSize, fragments });
    } else if (last?.fragments === 1 && aggregatedSize([...last.units, unit]) <= maxSize) {
      last.units.push(unit);
      last.size = aggregatedSize(last.units);
    } else {
      groups.push({ units: [unit], size: length, fragments: 1 });
    }
  }
  return groups;
}

function isWorthSending(unit: Buffer): boolean {
  const type = nalHeader(unit) & 0x1f;
  return type !== accessUnitDelimiter && type !== fillerData;
}

function nalHeader(unit: Buffer): number {
  return unit[0] as number;
}

function aggregatedSize(units: readonly Buffer[]): number {
  return units.reduce((sum, unit) => sum + 2 + unit.byteLength, 1);
}

function writeSingle(room: Buffer, { units }: Group): Buffer {
  (units[0] as Buffer).copy(room);
  return room;
}

function writeStapA(room: Buffer, { units }: Group): Buffer {
  // As important as the most important one inside, broken if one of them is.
  const importance = Math.max(...units.map((unit) => nalHeader(unit) & 0x60));
  const forbidden = units.reduce((bits, unit) => bits | (nalHeader(unit) & 0x80), 0);
  room[0] = forbidden | importance | stapA;
  let offset = 1;
  for (const unit of units) {
    offset = room.writeUInt16BE(unit.byteLength, offset);
    offset += unit.copy(room, offset);
  }
  return room;
}

function writeFragments(room: Buffer, { units, fragments }: Group): Buffer[] {
  const unit = units[0] as Buffer;
  const header = nalHeader(unit);
  const payloads: Buffer[] = [];
  let read = 1;
  let written = 0;
  for (let left = fragments; left > 0; left -= 1) {
    const length = Math.ceil((unit.byteLength - read) / left);
    const payload = room.subarray(written, written + fuHeaderSize + length);
    payload[0] = (header & 0xe0) | fuA;
    payload[1] = (read === 1 ? fuStart : 0) | (left === 1 ? fuEnd : 0) | (header & 0x1f);
    unit.copy(payload, fuHeaderSize, read, read + length);
    payloads.push(payload);
    read += length;
    written += payload.byteLength;
  }
  return payloads;
}
