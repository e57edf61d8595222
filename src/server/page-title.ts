import path from 'node:path';
import type { SourceInput } from '../config/server-options.js';

/**
 * What the page calls a stream without a name of its own. Addresses are not for strangers: only the
 * last part of a file's path is shown.
 */
export function pageTitle(source: SourceInput): string {
  if (typeof source === 'number') return 'Camera';
  if (typeof source !== 'string') return 'Live stream';
  if (/^testsrc\b/.test(source)) return 'Test picture';
  if (/^(camera|\/dev\/video)/.test(source)) return 'Camera';
  if (/^screen\b/.test(source)) return 'Screen';
  return /^[a-z][a-z0-9+.-]+:/i.test(source) ? 'Live stream' : path.basename(source);
}
