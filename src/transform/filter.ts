import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Filter } from 'node-av/lib';
import type { FrameTransform } from '../media/contracts.js';
import { show } from './arguments.js';
import { FilterTransform } from './filter-transform.js';
import { NativeGraph } from './native-graph.js';

/** Shapes a graph is tried with: one it can be set up for is no mistake as such. */
const trialSizes = [
  { width: 1280, height: 720 },
  { width: 4096, height: 2304 },
];

/**
 * Any libavfilter graph that takes one picture and gives one, in FFmpeg's own syntax: what
 * `ffmpeg -vf` takes. It may change size, format and rate; each frame gives at most one frame, the
 * newest that came out, so latency does not grow.
 *
 * @example `filter('eq=contrast=1.2,unsharp')`
 * @throws {TypeError} naming the filter that FFmpeg does not know, or cannot set up.
 * @see {@link https://ffmpeg.org/ffmpeg-filters.html}
 */
export function filter(graph: string): FrameTransform {
  if (typeof graph !== 'string' || graph.trim() === '') {
    throw new TypeError(`filter: expected a filter graph, got ${show(graph)}`);
  }
  check(graph);
  return new FilterTransform(`filter ${graph}`, () => ({ graph, threads: 0 }));
}

function check(graph: string): void {
  const parts = splitGraph(graph);
  for (const part of parts) {
    const name = /^\s*([A-Za-z0-9_]+)/.exec(part)?.[1];
    if (name !== undefined && name !== 'sws_flags' && Filter.getByName(name) === null) {
      throw new TypeError(`filter: FFmpeg has no filter '${name}'`);
    }
  }
  const failure = tryGraph(graph);
  if (failure === null) return;
  const culprit = parts.length > 1 ? parts.find((part) => tryGraph(part.trim()) !== null) : graph;
  const wiring = ' (it must take one picture and give one; name these [in] and [out] if at all)';
  throw new TypeError(
    culprit === undefined || isInvalid(failure)
      ? `filter: FFmpeg cannot set up '${culprit ?? graph}': ${failure.message}${wiring}`
      : `filter: FFmpeg cannot set up '${culprit}': ${failure.message}`,
    { cause: failure },
  );
}

function isInvalid(error: Error): boolean {
  return error.message.includes('Invalid argument');
}

/** Why FFmpeg refuses a graph at every trial size, or `null` when it takes it at one. */
function tryGraph(graph: string): Error | null {
  let failure: Error | null = null;
  for (const size of trialSizes) {
    try {
      new NativeGraph({ ...size, format: AV_PIX_FMT_YUV420P, framerate: 30 }, { graph }).free();
      return null;
    } catch (error) {
      failure ??= error as Error;
    }
  }
  return failure;
}

/** The filters of a graph with their options, without link labels. */
function splitGraph(graph: string): string[] {
  const parts: string[] = [];
  let part = '';
  let closer = '';
  for (let i = 0; i < graph.length; i += 1) {
    const char = graph.charAt(i);
    if (closer !== '') {
      if (closer === "'") part += char;
      if (char === closer) closer = '';
    } else if (char === '\\') {
      i += 1;
      part += char + graph.charAt(i);
    } else if (char === "'") {
      part += char;
      closer = char;
    } else if (char === '[') {
      closer = ']';
    } else if (char === ',' || char === ';') {
      parts.push(part);
      part = '';
    } else {
      part += char;
    }
  }
  return [...parts, part];
}
