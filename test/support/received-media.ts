/** Samples a second of the sound that test clients send and keep. */
export const soundRate = 48_000;

/** A picture, decoded to tightly packed RGB. */
export interface ShownPicture {
  width: number;
  height: number;
  rgb: Buffer;
}

/** The newest second of sound, when `more` follows `before`. */
export function newestSecond(before: Int16Array, more: Int16Array): Int16Array {
  const kept = before.subarray(Math.max(0, before.length + more.length - soundRate));
  const sound = new Int16Array(kept.length + more.length);
  sound.set(kept);
  sound.set(more, kept.length);
  return sound;
}

/** How loud `frequency` is in the sound, as the amplitude of its sine. */
export function loudnessAt(samples: Int16Array, frequency: number): number {
  let real = 0;
  let imaginary = 0;
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * frequency * i) / soundRate;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

/** Mean colour of a part of a picture; `x` and `y` from 0 to 1. */
export function colorAt(picture: ShownPicture, x: number, y: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  const left = Math.round(x * picture.width) - 2;
  const top = Math.round(y * picture.height) - 2;
  for (let row = top; row < top + 4; row += 1) {
    for (let column = left; column < left + 4; column += 1) {
      const at = (row * picture.width + column) * 3;
      for (const channel of [0, 1, 2] as const) sum[channel] += picture.rgb[at + channel] ?? 0;
    }
  }
  return sum.map((value) => Math.round(value / 16)) as [number, number, number];
}
