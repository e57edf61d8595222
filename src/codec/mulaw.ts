/** Added before the logarithm, so that small values have a segment of their own. */
const bias = 0x84;

/** Louder samples are clipped to this. */
const clip = 32_635;

/** The value of every code. */
const linear: Int16Array = Int16Array.from({ length: 256 }, (_, code) => decodeSample(code));

/** The code of every 16-bit value, by its bits. */
const codes: Uint8Array = Uint8Array.from({ length: 65_536 }, (_, bits) =>
  encodeSample((bits << 16) >> 16),
);

/**
 * 16-bit samples as mu-law, one byte each.
 *
 * @see {@link https://www.itu.int/rec/T-REC-G.711}
 */
export function encodeMulaw(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let i = 0; i < samples.length; i++) {
    bytes[i] = codes[(samples[i] as number) & 0xffff] as number;
  }
  return bytes;
}

/** The samples of mu-law bytes, scaled to 16 bits. */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = linear[bytes[i] as number] as number;
  return samples;
}

function encodeSample(sample: number): number {
  // One's complement, as ITU-T G.191 has it: both signs get equal shares of the values.
  const magnitude = Math.min(sample < 0 ? ~sample : sample, clip) + bias;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0xf;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

function decodeSample(code: number): number {
  const bits = ~code & 0xff;
  const exponent = (bits >> 4) & 7;
  const magnitude = ((((bits & 0xf) << 3) + bias) << exponent) - bias;
  return bits & 0x80 ? -magnitude : magnitude;
}
