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

interface Script {
  type: string;
  textContent: string;
}
declare const document: {
  createElement(name: string): Script;
  head: { append(node: Script): void };
};
declare const window: { testMeasureSync?: (bursts: number) => Promise<MeasuredSync> };

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** Measures sound against picture in a page that plays `testsrc`, over so many seconds. */
export function measureSync(page: TestPage, bursts: number): Promise<MeasuredSync> {
  const strip = read('../../src/source/testsrc/timestamp-strip.ts');
  const { code } = transformSync(strip, { loader: 'ts' });
  const script = code.replace(/^export\s*\{[^}]*\};?/m, '') + read('sync-page.js');
  return page.evaluate(
    async (wanted: { script: string; bursts: number }) => {
      const element = document.createElement('script');
      element.type = 'module';
      element.textContent = wanted.script;
      document.head.append(element);
      while (window.testMeasureSync === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return window.testMeasureSync(wanted.bursts);
    },
    { script: `${script}\nwindow.testMeasureSync = measureSync;`, bursts },
  );
}
