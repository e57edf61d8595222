import { qualities } from './rendition-chooser.js';
import type { Quality } from './rendition-chooser.js';

/** What a page measures of the pictures it shows; each is `null` where its browser does not tell. */
export interface PageReport {
  /** From a picture's last packet to the screen, ms; mean of the last two seconds. */
  readonly playoutMs: number | null;
  /** From a picture's capture to the screen, ms, where the browser found that out by itself. */
  readonly captureMs: number | null;
  /** Pictures that the browser left out, since it connected. */
  readonly framesDropped: number | null;
  /** Pauses that one notices, since it connected. */
  readonly freezeCount: number | null;
}

/** What FrameGear's own page tells its server. */
export type PageMessage =
  | {
      readonly type: 'statistics';
      /** It wants the server's figures in return. */
      readonly wanted: boolean;
      readonly report: PageReport;
    }
  | { readonly type: 'quality'; readonly quality: Quality }
  /** Whether it plays the sound: while it is muted, it needs none. */
  | { readonly type: 'audio'; readonly wanted: boolean };

/** Longer than any picture takes, ms: who reports it makes it up. */
const longestMs = 60_000;
const mostCounted = 1e12;

/** Reads a message of FrameGear's own page; `null` for any other, which is the user's. */
export function readPageMessage(message: unknown): PageMessage | null {
  if (message === null || typeof message !== 'object') return null;
  const fields = message as Record<string, unknown>;
  if (fields['type'] === 'quality') {
    const quality = qualities.find((known) => known === fields['quality']);
    return quality === undefined ? null : { type: 'quality', quality };
  }
  if (fields['type'] === 'audio') {
    const { wanted } = fields;
    return typeof wanted === 'boolean' ? { type: 'audio', wanted } : null;
  }
  if (fields['type'] !== 'statistics') return null;
  return {
    type: 'statistics',
    wanted: fields['wanted'] === true,
    report: {
      playoutMs: upTo(longestMs, fields['playoutMs']),
      captureMs: upTo(longestMs, fields['captureMs']),
      framesDropped: upTo(mostCounted, fields['framesDropped']),
      freezeCount: upTo(mostCounted, fields['freezeCount']),
    },
  };
}

function upTo(most: number, value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= most ? value : null;
}
