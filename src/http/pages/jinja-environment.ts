import nunjucks from 'nunjucks';
import { compileJinja } from './jinja/jinja-compiler.js';
import { formatPercent } from './jinja/python-format.js';

/** Reads templates from disk, compiled in Jinja's dialect. */
class JinjaLoader extends nunjucks.FileSystemLoader {
  override getSource(name: string): nunjucks.LoaderSource {
    const source: nunjucks.LoaderSource | null = super.getSource(name);
    // nunjucks takes null for "not here", and compiled code in place of text
    if (source === null) return source;
    const { src, path, noCache } = source;
    return { src: { type: 'code', obj: compileJinja(src, name, path) } as never, path, noCache };
  }
}

/**
 * A nunjucks environment that reads templates afresh at every rendering, in Jinja2's dialect as far as
 * `docs/guide/page.md` says. nunjucks' own Jinja mode is not used: it changes nunjucks for the whole
 * process, and so the templates of an application that embeds us.
 */
export function createJinjaEnvironment(templatesDirectory: string): nunjucks.Environment {
  const loader = new JinjaLoader(templatesDirectory, { noCache: true, watch: false });
  const environment = new nunjucks.Environment(loader, { autoescape: true });
  environment.addGlobal('True', true);
  environment.addGlobal('False', false);
  environment.addGlobal('None', null);
  environment.addFilter('tojson', toJson);
  environment.addFilter('count', (value: unknown) => sizeOf(value));
  environment.addFilter('format', (text: unknown, ...values: unknown[]) =>
    formatPercent(String(text), namedValues(values) ?? values),
  );
  environment.addFilter('map', (list: unknown, ...rest: unknown[]) => map(environment, list, rest));
  return environment;
}

/** nunjucks hands keyword arguments over as one last object that says so. */
function namedValues(values: unknown[]): Record<string, unknown> | undefined {
  const last = values.at(-1);
  const named = last !== null && typeof last === 'object' && '__keywords' in last;
  return named ? last : undefined;
}

/** `list | map('upper')` and `list | map(attribute='name')`. */
function map(environment: nunjucks.Environment, list: unknown, rest: unknown[]): unknown[] {
  const all = list === undefined || list === null ? [] : [...(list as Iterable<unknown>)];
  const named = namedValues(rest);
  if (named) {
    const { attribute, default: fallback } = named;
    const keys = String(attribute).split('.');
    const read = (item: unknown): unknown =>
      keys.reduce((value, key) => (value as Record<string, unknown> | null)?.[key], item);
    return all.map((item) => read(item) ?? fallback);
  }
  const [name, ...values] = rest;
  const filter = environment.getFilter(String(name)) as (...args: unknown[]) => unknown;
  return all.map((item) => filter(item, ...values));
}

/** JSON that is safe in HTML text, in a quoted attribute and inside `<script>`, as Jinja's filter. */
function toJson(value: unknown): nunjucks.runtime.SafeString {
  const json = (JSON.stringify(value) ?? 'null').replace(
    /[<>&'\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new nunjucks.runtime.SafeString(json);
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return value !== null && typeof value === 'object' ? Object.keys(value).length : 0;
}
