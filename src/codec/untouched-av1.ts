import type { CodecParameters } from 'node-av/lib';
import { obuType, splitObus } from './obu.js';
import type { Obu } from './obu.js';
import type { UntouchedPicture, UntouchedStream } from './untouched.js';

/** AV1: one packet is one temporal unit in the low-overhead format, of which one picture is shown. */
export class UntouchedAv1 implements UntouchedStream {
  readonly codec = 'av1' as const;
  readonly profile: string;
  readonly obstacle: string | null;
  /** Units that the container keeps apart: the sequence header. */
  #configuration: Buffer = Buffer.alloc(0);

  constructor({
    profile,
    level,
    extradata,
  }: Pick<CodecParameters, 'profile' | 'level' | 'extradata'>) {
    if (extradata !== null) this.configure(extradata);
    const tier = extradata?.[0] === 0x81 ? (extradata[2] ?? 0) >> 7 : 0;
    this.profile = `${Math.max(0, profile)}-${Math.max(0, level)}-${tier}`;
    this.obstacle = profile > 0 ? 'its profile is not main' : null;
  }

  picture(data: Buffer, key: boolean): UntouchedPicture | null {
    const units = splitObus(data);
    if (units === null || units.length === 0) return null;
    if (!key || !beginsAnew(units)) return { type: 'delta', data: Buffer.from(data) };
    const whole = units.some(({ type }) => type === obuType.sequenceHeader);
    return {
      type: 'key',
      data: whole ? Buffer.from(data) : Buffer.concat([this.#configuration, data]),
    };
  }

  configure(extradata: Buffer): void {
    // `av1C` (AV1 in ISOBMFF, 2.3.3): marker and version, three bytes, then units.
    if (extradata[0] === 0x81) this.#configuration = Buffer.from(extradata.subarray(4));
  }
}

/** True for a key frame: not one shown again, and of type 0 (AV1 bitstream specification, 5.9.2). */
function beginsAnew(units: readonly Obu[]): boolean {
  const { frame, frameHeader } = obuType;
  const first = units.find(({ type }) => type === frame || type === frameHeader);
  return first !== undefined && ((first.payload[0] ?? 0xff) & 0xe0) === 0;
}
