import type { CodecParameters } from 'node-av/lib';
import { splitAnnexB } from './annex-b.js';
import { parseH264Sps } from './h264-sps.js';
import type { UntouchedPicture, UntouchedStream } from './untouched.js';

const nal = { idr: 5, sps: 7, pps: 8 } as const;
/** Baseline, main and high: what offers of browsers can name. */
const sentProfiles = new Set([66, 77, 100]);
/** The reason for H.264 joined in the middle: its parameter sets come with the next key frame. */
export const unconfigured = 'its parameter sets are not known yet';

const startCode = Buffer.from([0, 0, 0, 1]);

/**
 * H.264 out of any container, as a byte stream (Annex B): length-prefixed units get start codes, and a key picture gets the
 * parameter sets that the container keeps apart. The units themselves stay as they are.
 */
export class UntouchedH264 implements UntouchedStream {
  readonly codec = 'h264' as const;
  readonly profile: string;
  readonly obstacle: string | null;
  /** Bytes of a unit's length; 0 for a byte stream. */
  #lengthSize = 0;
  #parameterSets: Buffer[] = [];

  constructor({ extradata }: Pick<CodecParameters, 'extradata'>) {
    if (extradata !== null) this.configure(extradata);
    const unit = this.#parameterSets.find((candidate) => typeOf(candidate) === nal.sps);
    const sps = unit === undefined ? null : parseH264Sps(unit);
    this.profile = sps?.profileLevelId ?? '';
    if (sps === null) this.obstacle = unconfigured;
    else if (!sentProfiles.has(sps.profile)) {
      this.obstacle = 'its profile is neither baseline, main nor high';
    } else if (!sps.usual) this.obstacle = 'its pixels are not 8 bit 4:2:0';
    else this.obstacle = sps.progressive ? null : 'its pictures are interlaced';
  }

  configure(extradata: Buffer): void {
    if (extradata[0] !== 1) {
      this.#keep(splitAnnexB(extradata));
      return;
    }
    this.#lengthSize = ((extradata[4] ?? 0xff) & 3) + 1;
    this.#keep(readAvcConfiguration(extradata));
  }

  picture(data: Buffer, _key: boolean): UntouchedPicture | null {
    const units = this.#lengthSize === 0 ? splitAnnexB(data) : splitLengths(data, this.#lengthSize);
    if (units.length === 0) return null;
    // Containers also mark pictures at which decoding may begin in some time, which is too late here.
    const key = units.some((unit) => typeOf(unit) === nal.idr);
    const own = units.filter(isParameterSet);
    if (own.length > 0) this.#keep(own);
    // Some encoders repeat one kind, and leave the other to the container.
    const brought = new Set(own.map(typeOf));
    const missing = key ? this.#parameterSets.filter((unit) => !brought.has(typeOf(unit))) : [];
    return { type: key ? 'key' : 'delta', data: writeAnnexB(inOrder(missing, units)) };
  }

  /** Notes parameter sets; a kind that comes anew replaces the old ones. */
  #keep(units: readonly Buffer[]): void {
    const sets = units.filter(isParameterSet);
    const renewed = new Set(sets.map(typeOf));
    const old = this.#parameterSets.filter((unit) => !renewed.has(typeOf(unit)));
    this.#parameterSets = [...old, ...sets.map((unit) => Buffer.from(unit))].sort(
      (a, b) => typeOf(a) - typeOf(b),
    );
  }
}

/** Parameter sets of a sequence before those of its pictures, and both before what needs them. */
function inOrder(missing: readonly Buffer[], units: readonly Buffer[]): Buffer[] {
  const sps = missing.filter((unit) => typeOf(unit) === nal.sps);
  const others = missing.filter((unit) => typeOf(unit) !== nal.sps);
  const at = others.length === 0 ? 0 : units.findLastIndex((unit) => typeOf(unit) === nal.sps) + 1;
  return [...sps, ...units.slice(0, at), ...others, ...units.slice(at)];
}

function typeOf(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}

function isParameterSet(unit: Buffer): boolean {
  const type = typeOf(unit);
  return type === nal.sps || type === nal.pps;
}

/** The parameter sets of an `avcC` box (ISO/IEC 14496-15, 5.3.3.1). */
function readAvcConfiguration(extradata: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    const count = (extradata[at++] ?? 0) & mask;
    for (let i = 0; i < count && at + 2 <= extradata.byteLength; i++) {
      const size = extradata.readUInt16BE(at);
      units.push(extradata.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  return units;
}

/** Units behind lengths; empty when one reaches beyond the end. */
function splitLengths(data: Buffer, lengthSize: number): Buffer[] {
  const units: Buffer[] = [];
  let at = 0;
  while (at + lengthSize <= data.byteLength) {
    const size = data.readUIntBE(at, lengthSize);
    at += lengthSize;
    if (at + size > data.byteLength) return [];
    if (size > 0) units.push(data.subarray(at, at + size));
    at += size;
  }
  return units;
}

function writeAnnexB(units: readonly Buffer[]): Buffer {
  const size = units.reduce((sum, unit) => sum + startCode.byteLength + unit.byteLength, 0);
  const whole = Buffer.allocUnsafe(size);
  let at = 0;
  for (const unit of units) {
    at += startCode.copy(whole, at);
    at += unit.copy(whole, at);
  }
  return whole;
}
