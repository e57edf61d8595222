import { silentLogger } from '../../src/logger.js';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { createSourceFactory } from '../../src/source/source-factory.js';
import type { MediaSource, SourceInfo, SourceOptions } from '../../src/source/source-factory.js';
import { colorAt, readClipNumber } from '../fixtures/clip-picture.js';

/** What {@link readSource} saw of one picture. */
export interface SeenFrame {
  number: number;
  timestamp: number;
  duration: number | null;
  size: string;
  /** Colours of the quadrants: top left, top right, bottom left, bottom right. */
  colors: string;
}

/** Opens a source; the caller stops it. */
export async function openSource(
  spec: unknown,
  options: Partial<SourceOptions> = {},
): Promise<MediaSource> {
  const source = createSourceFactory(spec, { logger: silentLogger, ...options }).create();
  try {
    await source.start?.({ signal: new AbortController().signal });
    return source;
  } catch (error) {
    await source.stop();
    throw error;
  }
}

/** Reads a source to its end, or up to `limit` pictures, and stops it. */
export async function readSource(
  spec: unknown,
  options: Partial<SourceOptions> & { limit?: number } = {},
): Promise<{ info: SourceInfo; frames: SeenFrame[] }> {
  const { limit = 10_000, ...sourceOptions } = options;
  const source = await openSource(spec, sourceOptions);
  try {
    const frames: SeenFrame[] = [];
    while (frames.length < limit) {
      const frame = await source.read();
      if (frame === null) break;
      frames.push(look(frame));
      frame.close();
    }
    if (source.info === null) throw new Error('the source has no info after start');
    return { info: source.info, frames };
  } finally {
    await source.stop();
  }
}

/** What can be told of a clip's picture. */
function look(frame: VideoFrame): SeenFrame {
  const corners = [
    [0.1, 0.1],
    [0.9, 0.1],
    [0.1, 0.9],
    [0.9, 0.9],
  ] as const;
  return {
    number: readClipNumber(frame),
    timestamp: frame.timestamp,
    duration: frame.duration,
    size: `${frame.codedWidth}x${frame.codedHeight}`,
    colors: corners.map(([x, y]) => colorAt(frame, x, y)).join(' '),
  };
}

/** The error of a source that cannot be opened. */
export async function openingError(
  spec: unknown,
  options: Partial<SourceOptions> = {},
): Promise<unknown> {
  let source: MediaSource;
  try {
    source = await openSource(spec, options);
  } catch (error) {
    return error;
  }
  await source.stop();
  throw new Error('the source opened');
}
