import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import type { TestPage } from './browser.js';

/** One burst of `testsrc` in the page. */
export interface MeasuredBurst {
  /** How much later it is heard than the picture of its moment is seen. */
  offsetMs: number;
  /** From the second at which it was made to the loudspeaker. */
  audioMs: number;
  /** From the drawing of the pictures near it to the screen. */
  videoMs: number;
}

/** What {@link measureSync} found. */
export interface MeasuredSync {
  bursts: MeasuredBurst[];
  /** The same by the browser's own statistics, at the end; `null` when they do not say. */
  estimateMs: number | null;
  /** What of it the loudspeaker takes. */
  speakerMs: number;
}

interface Meter {
  measureSync(bursts: number): Promise<MeasuredSync>;
}
declare const URL: { createObjectURL(blob: unknown): string };
declare const Blob: new (parts: string[], options: { type: string }) => unknown;

function read(path: string): string {
  return readFileSync(new globalThis.URL(path, import.meta.url), 'utf8');
}

/** Measures sound against picture in a page that plays `testsrc`, over so many seconds. */
export function measureSync(page: TestPage, bursts: number): Promise<MeasuredSync> {
  const strip = read('../../src/source/testsrc/timestamp-strip.ts');
  const { code } = transformSync(strip, { loader: 'ts' });
  const script = code.replace(/^export\s*\{[^}]*\};?/m, '') + read('sync-page.js');
  return page.evaluate(
    async (wanted: { script: string; bursts: number }) => {
      const url = URL.createObjectURL(new Blob([wanted.script], { type: 'text/javascript' }));
      const meter = (await import(url)) as Meter;
      return meter.measureSync(wanted.bursts);
    },
    { script, bursts },
  );
}
