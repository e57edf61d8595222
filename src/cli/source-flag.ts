import { existsSync } from 'node:fs';
import { streamNamePattern } from '../config/option-groups/source.js';

/** Words that are a source: what follows their `=` belongs to it, as in `testsrc=size=640x360`. */
const sourceWords: readonly string[] = ['testsrc', 'camera', 'screen'];

/** A source as typed, with the name before its `=` if it has one. */
export interface NamedSource {
  /** Name of the stream, or `null`. */
  name: string | null;
  /** The source itself. */
  spec: string;
}

/**
 * Splits `door=rtsp://camera/1`. A `=` that belongs to the spec makes no name: in an existing file
 * (`a=b.mp4`), behind a source word (`testsrc=rate=15`), or behind something a name cannot hold
 * (`lavfi:color=red`, `http://host/?id=1`).
 */
export function splitNamedSource(text: string): NamedSource {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  const spec = text.slice(at + 1);
  const isName = streamNamePattern.test(name) && !sourceWords.includes(name);
  if (!isName || spec === '' || existsSync(text)) {
    return { name: null, spec: text };
  }
  return { name, spec };
}
