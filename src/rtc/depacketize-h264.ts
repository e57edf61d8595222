import type { WholePicture } from './whole-picture.js';

const idrSlice = 5;
const sequenceParameters = 7;
const pictureParameters = 8;
const stapA = 24;
const fuA = 28;
const fuStart = 0x80;
const fuEnd = 0x40;
const startCode: Buffer = Buffer.from([0, 0, 0, 1]);
/** Parameter sets are some dozen bytes; larger ones are not kept. */
const maxParameterBytes = 1024;

/**
 * H.264 out of RTP, packetization mode 1, to Annex B with parameter sets before each key picture: those seen last
 * where the sender leaves them out.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6184#section-5}
 */
export class H264Depacketizer {
  #sequenceParameters: Buffer | null = null;
  #pictureParameters: Buffer | null = null;

  /** See `Depacketizer`. */
  startsKeyFrame(payload: Buffer): boolean {
    const type = (payload[0] ?? 0) & 0x1f;
    if (type === fuA) {
      const header = payload[1] ?? 0;
      // The first macroblock of the picture: number 0 is a single 1 in Exp-Golomb code.
      const first = (header & fuStart) !== 0 && ((payload[2] ?? 0) & 0x80) !== 0;
      return first && (header & 0x1f) === idrSlice;
    }
    return (type === stapA ? (splitStapA(payload) ?? []) : [payload]).some(startsPicture);
  }

  /** See `Depacketizer`. */
  join(payloads: readonly Buffer[]): WholePicture | null {
    const units = joinUnits(payloads);
    if (units === null || units.length === 0) return null;
    for (const unit of units) this.#remember(unit);
    const key = units.some((unit) => typeOf(unit) === idrSlice);
    return key ? this.#completeKey(units) : { data: toAnnexB(units), key };
  }

  /** With parameter sets, in front. */
  #completeKey(units: readonly Buffer[]): WholePicture | null {
    const sets: Buffer[] = [];
    for (const [type, kept] of [
      [sequenceParameters, this.#sequenceParameters],
      [pictureParameters, this.#pictureParameters],
    ] as const) {
      const own = units.filter((unit) => typeOf(unit) === type);
      if (own.length === 0 && kept === null) return null;
      sets.push(...(own.length === 0 ? [kept as Buffer] : own));
    }
    const others = units.filter((unit) => !sets.includes(unit));
    return { data: toAnnexB([...sets, ...others]), key: true };
  }

  #remember(unit: Buffer): void {
    if (unit.length > maxParameterBytes) return;
    if (typeOf(unit) === sequenceParameters) this.#sequenceParameters = unit;
    if (typeOf(unit) === pictureParameters) this.#pictureParameters = unit;
  }
}

function typeOf(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}

function startsPicture(unit: Buffer): boolean {
  const type = typeOf(unit);
  return type === sequenceParameters || (type === idrSlice && ((unit[1] ?? 0) & 0x80) !== 0);
}

function toAnnexB(units: readonly Buffer[]): Buffer {
  return Buffer.concat(units.flatMap((unit) => [startCode, unit]));
}

/** The NAL units of a picture; `null` when a part is missing or of a kind that mode 1 does not have. */
function joinUnits(payloads: readonly Buffer[]): Buffer[] | null {
  const units: Buffer[] = [];
  let fragments: Buffer[] | null = null;
  for (const payload of payloads) {
    const type = typeOf(payload);
    if (type === fuA) {
      const header = payload[1] ?? 0;
      const starts = (header & fuStart) !== 0;
      if (payload.length < 3 || starts === (fragments !== null)) return null;
      fragments ??= [Buffer.from([((payload[0] as number) & 0xe0) | (header & 0x1f)])];
      fragments.push(payload.subarray(2));
      if ((header & fuEnd) === 0) continue;
      units.push(Buffer.concat(fragments));
      fragments = null;
      continue;
    }
    if (fragments !== null) return null;
    const whole = type === stapA ? splitStapA(payload) : type >= 1 && type <= 23 ? [payload] : null;
    if (whole === null) return null;
    units.push(...whole);
  }
  return fragments === null ? units : null;
}

function splitStapA(payload: Buffer): Buffer[] | null {
  const units: Buffer[] = [];
  for (let at = 1; at < payload.length;) {
    if (at + 2 > payload.length) return null;
    const length = payload.readUInt16BE(at);
    const unit = payload.subarray(at + 2, at + 2 + length);
    if (length === 0 || unit.length < length) return null;
    units.push(unit);
    at += 2 + length;
  }
  return units;
}
