import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Request } from 'express';
import nunjucks from 'nunjucks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PageRenderer } from '../../../../src/http/pages/page-renderer.js';
import { packagedTemplates } from '../../../../src/http/data-files/packaged-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'framegear-pages-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const page = {
  streamName: `<Yard's>`,
  version: '1.2.3',
  iceServers: [{ urls: 'turn:</script>&host', username: 'u' }],
};

function asked(change: object = {}): Request {
  return {
    method: 'GET',
    originalUrl: '/a/b?name=J%26n&n=2',
    baseUrl: '/a',
    protocol: 'http',
    ip: '127.0.0.1',
    headers: { host: 'cam.local:8000', 'user-agent': 'test' },
    query: { name: 'J&n', n: '2' },
    get: (name: string) => (name === 'host' ? 'cam.local:8000' : undefined),
    ...change,
  } as unknown as Request;
}

async function render(template: string, extra: object = {}, request = asked()): Promise<string> {
  await writeFile(path.join(folder, 'page.html'), template);
  return new PageRenderer(folder, () => page).render('page.html', request, extra);
}

describe("the templates' dialect", () => {
  it.each([
    ['{{ stream.name }} {{ framegear.version }}', '&lt;Yard&#39;s&gt; 1.2.3'],
    ["{{ url_for('static', path='/js/custom.js') }}", './static/js/custom.js'],
    ["{{ request.url_for('homepage') }}", './'],
    ['{{ request.method }} {{ request.url.path }} {{ request.client.host }}', 'GET /a/b 127.0.0.1'],
    ['{{ request.url }}', 'http://cam.local:8000/a/b?name=J%26n&amp;n=2'],
    ['{{ request.base_url }}', 'http://cam.local:8000/a/'],
    ["{{ request.query_params['name'] }} {{ request.query_params.n }}", 'J&amp;n 2'],
    ["{{ request.query_params.get('x', 'none') }}", 'none'],
    ["{{ request.headers['user-agent'] }}", 'test'],
    [
      '{% for k, v in request.query_params.items() %}{{ k }}={{ v }};{% endfor %}',
      'name=J&amp;n;n=2;',
    ],
    ["{{ 'yes' if True and not False else 'no' }}", 'yes'],
    ['{% if None is none and missing is not defined %}ok{% endif %}', 'ok'],
    ['{{ [1, 2, 3] | count }} {{ "abc" | count }} {{ {"a": 1} | count }}', '3 3 1'],
    ['a\n{%- if true -%}\n  b\n{%- endif -%}\n c', 'abc'],
    ['{# comment #}{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
    ["{% set x = 'a' ~ 1 %}{{ x | upper }} {{ loop is defined }}", 'A1 false'],
    [
      '{% macro hi(name, mark="!") %}{{ name }}{{ mark }}{% endmacro %}{{ hi("Jo", mark="?") }}',
      'Jo?',
    ],
    ['{{ missing }}{{ missing.field }}|', '|'],
    ["{{ '<b>' }}{{ '<b>' | safe }}", '&lt;b&gt;<b>'],
  ])('%s', async (template, expected) => {
    expect(await render(template)).toBe(expected);
  });

  it('gives JSON that cannot leave a script element', async () => {
    const html = await render(
      '<script type="application/json">{{ framegear.config | tojson }}</script>',
    );
    const [, json = ''] = /json">(.*)<\/script>$/.exec(html) ?? [];
    expect(json).not.toMatch(/[<>&']/);
    expect(JSON.parse(json)).toEqual({ offer: './offer', iceServers: page.iceServers });
  });

  it('takes variables of the caller', async () => {
    expect(await render('{{ status }}', { status: 404 })).toBe('404');
  });

  it('survives a Host header that is no host', async () => {
    const request = asked({ get: () => 'not a host' });
    expect(await render('{{ request.url }}', {}, request)).toContain('http://localhost/a/b');
  });

  it.each([
    '{% if %}',
    '{{ ',
    '{% extends "none.html" %}',
    '{{ url_for("nowhere") }}',
    '{{ a | nofilter }}',
  ])('rejects %s once, naming the file', async (template) => {
    await expect(render(template)).rejects.toThrow('html');
  });

  it('cannot include files outside of the templates', async () => {
    await expect(render('{% include "../../etc/passwd" %}')).rejects.toThrow('not found');
  });

  it("leaves an application's own nunjucks as it is", async () => {
    await render('{{ True }}');
    expect(nunjucks.renderString('{{ True }}{{ cart.items }}', { cart: { items: 3 } })).toBe('3');
  });
});

describe('the packaged templates', () => {
  it.each(['index.html', '404.html', '500.html'])('%s renders', async (template) => {
    const html = await new PageRenderer(packagedTemplates, () => page).render(template, asked());
    expect(html.trimStart()).toMatch(/^<!doctype html>/);
    expect(html).toContain('&lt;Yard&#39;s&gt;');
    expect(html).not.toMatch(/\{[{%#]|undefined|\[object/);
    // nothing from other hosts, and no script in the page itself
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(html).not.toMatch(/<script(?![^>]*(?:src=|type="application\/json"))/);
    expect(html).not.toMatch(/ on\w+=/);
  });

  it('name modules that exist', async () => {
    const html = await new PageRenderer(packagedTemplates, () => page).render(
      'index.html',
      asked(),
    );
    const preloaded = [...html.matchAll(/modulepreload" href="\.\/static\/js\/player\/([^"]+)"/g)];
    const { readdir } = await import('node:fs/promises');
    const modules = await readdir(path.join(packagedTemplates, '../static/js/player'));
    expect(preloaded.map(([, name]) => name).sort()).toEqual(modules.sort());
  });
});
