import nunjucks from 'nunjucks';

/**
 * A nunjucks environment that reads templates afresh at every rendering and knows what Jinja2
 * templates expect beyond nunjucks: Python's constants and the filters `tojson` and `count`.
 * nunjucks' own Jinja mode is not used: it changes nunjucks for the whole process, and so the
 * templates of an application that embeds us.
 */
export function createJinjaEnvironment(templatesDirectory: string): nunjucks.Environment {
  const loader = new nunjucks.FileSystemLoader(templatesDirectory, { noCache: true, watch: false });
  const environment = new nunjucks.Environment(loader, { autoescape: true });
  environment.addGlobal('True', true);
  environment.addGlobal('False', false);
  environment.addGlobal('None', null);
  environment.addFilter('tojson', toJson);
  environment.addFilter('count', (value: unknown) => sizeOf(value));
  return environment;
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
