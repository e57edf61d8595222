import type { SourceFactory, SourceInfo } from './media-source.js';

/**
 * Opens a source up to its first picture and closes it again, to learn early whether it works.
 *
 * @throws {SourceError} with one line that says what to do; `signal`'s reason when it aborts.
 */
export async function probeSource(
  factory: SourceFactory,
  signal: AbortSignal = new AbortController().signal,
): Promise<SourceInfo> {
  const source = factory.create();
  try {
    await source.start?.({ signal });
    if (source.info === null) throw new Error(`${factory.label} started without info`);
    return source.info;
  } finally {
    await source.stop();
  }
}
