import type { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import { leb128Size, obuType, splitObus, writeLeb128 } from './obu.js';
import type { Obu } from './obu.js';
import type { PayloadRoom } from './payload-memory.js';

/** Bits of the aggregation header. */
const continues = 0x80;
const isContinued = 0x40;
const newSequence = 0x08;
const countShift = 4;
/** From this many on the header has no room for the count, and every element carries its length. */
const uncounted = 4;

/** A piece of a unit that travels in one payload. */
interface Element {
  /** Header bytes of the unit when it begins here, then what is in here of it. */
  parts: Buffer[];
  size: number;
}

/** One payload to be. */
interface Draft {
  elements: Element[];
  /** Bytes, all lengths counted in. */
  size: number;
  continues: boolean;
  isContinued: boolean;
}

/**
 * Payloads of one temporal unit of AV1 in RTP: its units without delimiters and without sizes of their own, as many in a
 * payload as fit, cut where they do not. Damaged data gives none.
 *
 * @see {@link https://aomediacodec.github.io/av1-rtp-spec/#4-rtp-header-usage-and-payload-structure}
 */
export function packetizeAv1(
  { data, type }: EncodedVideoChunk,
  { maxSize, allocate }: PayloadRoom,
): Buffer[] {
  const drafts = arrange((splitObus(data) ?? []).filter(isWorthSending), maxSize);
  const whole = allocate(drafts.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  return drafts.map((draft, index) => {
    const key = index === 0 && type === 'key';
    const length = write(whole.subarray(at), draft, key);
    const payload = whole.subarray(at, at + length);
    at += length;
    return payload;
  });
}

function arrange(units: readonly Obu[], maxSize: number): Draft[] {
  const drafts: Draft[] = [];
  let draft: Draft | undefined;
  for (const { header, extension, payload } of units) {
    const own = Buffer.from(extension === null ? [header] : [header, extension]);
    let parts = [own, payload];
    let left = own.byteLength + payload.byteLength;
    for (let begun = false; left > 0; begun = true) {
      if (draft === undefined || roomIn(draft, maxSize) < 1) {
        draft = { elements: [], size: 1, continues: begun, isContinued: false };
        drafts.push(draft);
      }
      const size = Math.min(left, roomIn(draft, maxSize));
      const [taken, rest] = cut(parts, size);
      draft.elements.push({ parts: taken, size });
      draft.size += leb128Size(size) + size;
      draft.isContinued = size < left;
      parts = rest;
      left -= size;
    }
  }
  return drafts;
}

/** Bytes of a unit that still fit, its length counted in. */
function roomIn({ size }: Draft, maxSize: number): number {
  const left = maxSize - size;
  return left - leb128Size(Math.max(0, left));
}

function isWorthSending({ type }: Obu): boolean {
  return type !== obuType.temporalDelimiter && type !== obuType.tileList;
}

function cut(parts: readonly Buffer[], size: number): [taken: Buffer[], rest: Buffer[]] {
  const taken: Buffer[] = [];
  const rest: Buffer[] = [];
  let left = size;
  for (const part of parts) {
    const length = Math.min(left, part.byteLength);
    if (length > 0) taken.push(part.subarray(0, length));
    if (length < part.byteLength) rest.push(part.subarray(length));
    left -= length;
  }
  return [taken, rest];
}

/** @returns Bytes written: with a count, the last element goes without its length. */
function write(room: Buffer, draft: Draft, key: boolean): number {
  const { elements } = draft;
  const counted = elements.length < uncounted;
  room[0] =
    (draft.continues ? continues : 0) |
    (draft.isContinued ? isContinued : 0) |
    ((counted ? elements.length : 0) << countShift) |
    (key ? newSequence : 0);
  let at = 1;
  elements.forEach(({ parts, size }, index) => {
    if (!counted || index < elements.length - 1) at = writeLeb128(room, size, at);
    for (const part of parts) at += part.copy(room, at);
  });
  return at;
}
