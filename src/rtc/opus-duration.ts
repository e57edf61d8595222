/** Length of one frame in microseconds, by configuration in groups (RFC 6716, 3.1). */
const silk: readonly number[] = [10_000, 20_000, 40_000, 60_000];
const hybrid: readonly number[] = [10_000, 20_000];
const celt: readonly number[] = [2500, 5000, 10_000, 20_000];

/** Length of an Opus packet in microseconds; `null` when it is none. */
export function opusDuration(packet: Buffer): number | null {
  const [toc, counts] = packet;
  if (toc === undefined) return null;
  const configuration = toc >> 3;
  const frame =
    configuration < 12
      ? silk[configuration & 3]
      : configuration < 16
        ? hybrid[configuration & 1]
        : celt[configuration & 3];
  const code = toc & 3;
  const frames = code === 0 ? 1 : code === 3 ? (counts ?? 0) & 0x3f : 2;
  const duration = (frame as number) * frames;
  return duration > 0 && duration <= 120_000 ? duration : null;
}
