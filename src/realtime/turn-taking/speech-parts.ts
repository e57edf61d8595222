import { SpeechMarker } from './speech-marker.js';
import type { ModelOptions } from './turn-options.js';

/** A window that was judged. */
export interface MarkedWindow {
  /** Mono. */
  readonly samples: Float32Array;
  /** How likely it is speech, 0 to 1. */
  readonly probability: number;
}

/** From the window `start` up to but not with `end`. */
interface Span {
  start: number;
  end: number;
}

/**
 * The stretches of speech among windows, as the original finds them: short silences do not part them, short stretches are left out,
 * long ones are cut, and each gets the sound around it.
 */
export function findSpeechParts(
  windows: readonly MarkedWindow[],
  options: Required<ModelOptions>,
  windowMs: number,
): Float32Array[] {
  const marker = new SpeechMarker(options, windowMs);
  const marks = windows.map(({ probability }) => marker.push(probability));
  const spans = findSpans(marks, options.minSilenceDurationMs / windowMs);
  const most = Math.max(1, Math.floor(options.maxSpeechDurationMs / windowMs));
  const least = options.minSpeechDurationMs / windowMs;
  const kept = spans
    .filter(({ start, end }) => end - start >= least)
    .flatMap((span) => cutSpan(span, most));
  return padSpans(kept, Math.round(options.speechPadMs / windowMs), windows.length).map(
    ({ start, end }) => join(windows.slice(start, end)),
  );
}

/** A stretch ends at the last speech before enough silence, or with the last window, as it may go on after it. */
function findSpans(marks: readonly boolean[], silence: number): Span[] {
  const spans: Span[] = [];
  let open: Span | null = null;
  for (const [index, mark] of marks.entries()) {
    if (mark) {
      open ??= { start: index, end: index };
      open.end = index + 1;
    } else if (open !== null && index + 1 - open.end >= silence) {
      spans.push(open);
      open = null;
    }
  }
  if (open !== null) spans.push({ start: open.start, end: marks.length });
  return spans;
}

function cutSpan({ start, end }: Span, most: number): Span[] {
  const parts: Span[] = [];
  for (let from = start; from < end; from += most) {
    parts.push({ start: from, end: Math.min(end, from + most) });
  }
  return parts;
}

/** Neighbours that are too near for both their pads share what lies between them. */
function padSpans(spans: readonly Span[], pad: number, length: number): Span[] {
  return spans.map(({ start, end }, index) => {
    const before = start - (spans[index - 1]?.end ?? -Infinity);
    const after = (spans[index + 1]?.start ?? Infinity) - end;
    return {
      start: Math.max(0, start - Math.min(pad, Math.floor(before / 2))),
      end: Math.min(length, end + Math.min(pad, Math.floor(after / 2))),
    };
  });
}

function join(windows: readonly MarkedWindow[]): Float32Array {
  const size = windows[0]?.samples.length ?? 0;
  const joined = new Float32Array(size * windows.length);
  for (const [index, { samples }] of windows.entries()) joined.set(samples, index * size);
  return joined;
}
