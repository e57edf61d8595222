import type { ViewerSessionStats } from '../delivery/viewer-session.js';
import type { PipelineStats } from '../pipeline/pipeline-types.js';
import type { RenditionStats } from '../pipeline/rendition-stats.js';

/** The figures of a stream and of its viewers at one moment. */
export interface StreamFigures {
  readonly stream: PipelineStats;
  readonly viewers: readonly ViewerSessionStats[];
}

/**
 * One line about a stream, such as
 * `live: 30.0 fps in, 29.9 out, vp8/full 1.5 Mbit/s 12 viewers, 3 dropped (transform busy), latency 41 ms`.
 *
 * @param last - The figures of the line before: drops are those since then. `null` for the first line.
 */
export function formatStats(name: string, now: StreamFigures, last: StreamFigures | null): string {
  const { renditions, sourceFrameRate } = now.stream;
  const flowing = renditions.filter(({ viewers }) => viewers > 0);
  const out = flowing.map(({ frameRate }) => frameRate);
  const parts = [
    `${sourceFrameRate.toFixed(1)} fps in`,
    ...(out.length > 0 ? [`${Math.max(...out).toFixed(1)} out`] : []),
    ...flowing.map(formatRendition),
    formatDrops(dropsOf(now), last && dropsOf(last)),
    formatLatency(now.viewers),
  ];
  return `${name}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function formatRendition({ id, bitrate, viewers }: RenditionStats): string {
  return `${id} ${formatBitrate(bitrate)} ${viewers} ${viewers === 1 ? 'viewer' : 'viewers'}`;
}

/** The median of those that are known. */
function formatLatency(viewers: readonly ViewerSessionStats[]): string {
  const known = viewers
    .map(({ latencyMs }) => latencyMs)
    .filter((ms) => ms !== null)
    .sort((a, b) => a - b);
  const median = known[Math.floor(known.length / 2)];
  return median === undefined ? '' : `latency ${Math.round(median)} ms`;
}

/** Counts by reason, in the order of the pictures' way. */
function dropsOf({ stream, viewers }: StreamFigures): ReadonlyMap<string, number> {
  const { framesDropped: drops, renditions } = stream;
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  return new Map([
    ['transform busy', drops.transformBusy],
    ['transform failed', drops.transformFailed],
    ['encoder busy', sum(renditions.map(({ framesDropped }) => framesDropped.busy))],
    ['encoder failed', sum(renditions.map(({ framesDropped }) => framesDropped.failed))],
    ["viewers' network", sum(viewers.map(({ framesDropped }) => framesDropped))],
  ]);
}

/** What was left out on purpose, to keep to a rate or by a transform, is no news. */
function formatDrops(
  now: ReadonlyMap<string, number>,
  last: ReadonlyMap<string, number> | null,
): string {
  // A rendition that was closed has taken its counts with it.
  const since = [...now]
    .map(([reason, count]) => ({ reason, count: Math.max(0, count - (last?.get(reason) ?? 0)) }))
    .filter(({ count }) => count > 0);
  const [first, ...others] = since;
  if (first === undefined) return '';
  if (others.length === 0) return `${first.count} dropped (${first.reason})`;
  const total = since.reduce((sum, { count }) => sum + count, 0);
  return `${total} dropped (${since.map(({ reason, count }) => `${reason} ${count}`).join(', ')})`;
}

function formatBitrate(bitrate: number): string {
  return bitrate >= 1_000_000
    ? `${(bitrate / 1_000_000).toFixed(1)} Mbit/s`
    : `${Math.round(bitrate / 1000)} kbit/s`;
}
