import type { CodecParameters } from 'node-av/lib';
import type { UntouchedPicture, UntouchedStream } from './untouched.js';

/** VP8: one packet is one picture, which may be one that is not shown. */
export class UntouchedVp8 implements UntouchedStream {
  readonly codec = 'vp8' as const;
  readonly profile = '';
  readonly obstacle = null;

  picture(data: Buffer, _key: boolean): UntouchedPicture | null {
    if (data.byteLength < 3) return null;
    // The first bit says it (RFC 6386, 9.1), whatever the container does.
    const key = ((data[0] as number) & 1) === 0;
    return { type: key ? 'key' : 'delta', data: Buffer.from(data) };
  }

  configure(): void {
    // Everything is in the pictures.
  }
}

/** VP9: one packet is one picture, or a superframe of pictures of which one is shown. */
export class UntouchedVp9 implements UntouchedStream {
  readonly codec = 'vp9' as const;
  readonly profile: string;
  readonly obstacle = null;

  constructor({ profile }: Pick<CodecParameters, 'profile'>) {
    // Below 0 it is not known, and 0 by far the most likely; other pixels are found out elsewhere.
    this.profile = String(Math.max(0, profile));
  }

  picture(data: Buffer, key: boolean): UntouchedPicture | null {
    if (data.byteLength === 0) return null;
    return { type: key && isVp9Key(data) ? 'key' : 'delta', data: Buffer.from(data) };
  }

  configure(): void {
    // Everything is in the pictures.
  }
}

/** Reads the first bits of the uncompressed header (VP9 bitstream specification, 6.2). */
function isVp9Key(data: Buffer): boolean {
  const first = data[0] as number;
  if (first >> 6 !== 2) return false;
  // Profile 3 has a reserved bit before the flags.
  const shift = (first & 0x30) === 0x30 ? 1 : 0;
  const showsExisting = ((first >> (3 - shift)) & 1) === 1;
  const inter = ((first >> (2 - shift)) & 1) === 1;
  return !showsExisting && !inter;
}
