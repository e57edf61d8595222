import { escapeHtml } from './escape-html.js';

const style = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 3rem 1.25rem; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
  pre { overflow-x: auto; padding: 1rem; border-radius: .5rem; background: rgb(127 127 127 / .15);
    font: 13px/1.5 ui-monospace, monospace; }
`;

/** A page that needs no template and no other file: it must work when those are broken. */
export function plainPage(title: string, paragraphs: readonly string[], details = ''): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
${details === '' ? '' : `<pre>${escapeHtml(details)}</pre>`}
</html>
`;
}
