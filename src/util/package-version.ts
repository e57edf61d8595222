import { readFileSync } from 'node:fs';

let version: string | undefined;

/** The version in our own package.json, which lies beside `dist/` (and `src/`). */
export function packageVersion(): string {
  version ??= (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;
  return version;
}
