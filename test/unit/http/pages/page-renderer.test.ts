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
    ["{% set x = 'a' ~ 1 %}{{ x | upper }} {{ loop is defined }}", 'A1 False'],
    [
      '{% macro hi(name, mark="!") %}{{ name }}{{ mark }}{% endmacro %}{{ hi("Jo", mark="?") }}',
      'Jo?',
    ],
    ['{{ missing }}{{ missing.field }}|', '|'],
    ["{{ '<b>' }}{{ '<b>' | safe }}", '&lt;b&gt;<b>'],
    ['{{ True }} {{ False }} {{ None }} {{ 1 == 1 }} {{ missing }}', 'True False None True '],
    ['{% for x in [1, 2, 3, 4] if x % 2 == 0 %}{{ loop.index }}:{{ x }};{% endfor %}', '1:2;2:4;'],
    ['{% for x in [1] if x > 5 %}{{ x }}{% else %}none{% endfor %}', 'none'],
    ['{% for k, v in {"a": 1, "b": 0}.items() if v %}{{ k }}{% endfor %}', 'a'],
    ['{% set x = 9 %}{% for x in [1, 2] if x > 1 %}{{ x }}{% endfor %}{{ x }}', '29'],
    ['{% for key in {"a": 1, "b": 2} %}{{ key }}{% endfor %}', 'ab'],
    ['{% for k, v in {"a": 1, "b": 2} %}{{ k }}{{ v }}{% endfor %}', 'a1b2'],
    ['{% for x in missing %}{{ x }}{% else %}none{% endfor %}', 'none'],
    [
      "{{ 'Hello %s' % 'Jo' }} {{ '%d of %03d: %.1f%%' % (1, 7, 2.25) }}",
      'Hello Jo 1 of 007: 2.3%',
    ],
    ["{{ '%(a)s-%(b)5s' % {'a': 1, 'b': True} }}", '1- True'],
    ['{{ 7 % 4 }} {{ -1 % 4 }} {{ loops % 2 == 0 }}', '3 3 True', { loops: 4 }],
    ['{{ (1, 2)[0] }}{{ [5, 6][-1] }}{{ ("a", "b") | join("-") }}{{ (3) }}', '16a-b3'],
    [
      "{{ 'aBc'.upper() }}{{ 'aBc'.lower() }}{{ ' x '.strip() }}{{ 'a-a'.replace('-', '+') }}",
      'ABCabcxa+a',
    ],
    [
      "{{ 'abc'.startswith('a') }} {{ 'a b  c'.split() | count }} {{ ', '.join(['x', 1]) }}",
      'True 3 x, 1',
    ],
    [
      "{{ 'a,b,c'.split(',', 1)[1] }} {{ 'xxaxx'.rstrip('x') }} {{ 'tom cat'.title() }}",
      'b,c xxa Tom Cat',
    ],
    [
      "{% set d = {'a': 1} %}{{ d.get('a') }}{{ d.get('z', 'no') }}{{ d.get('z') }}{{ d.keys() | join }}",
      '1noNonea',
    ],
    [
      "{{ [1, 2, 3][1:] }} {{ 'hello'[:-1] }} {{ 'abc'[::-1] }} {{ [1, 2, 3, 4][1:3] | count }}",
      '2,3 hell cba 2',
    ],
    ["{{ '%s!' | format('Jo') }} {{ '%(n)s' | format(n=3) }}", 'Jo! 3'],
    [
      "{{ ['a', 'b'] | map('upper') | join }}{{ [{'n': 1}, {'n': 2}] | map(attribute='n') | join }}",
      'AB12',
    ],
    [
      '{% set a = 1 %}{% with a = 2, b = a + 2 %}{{ a }}{{ b }}{% set a = 5 %}{% endwith %}{{ a }}',
      '231',
    ],
    ["{% autoescape false %}{{ '<b>' }}{% endautoescape %}{{ '<b>' }}", '<b>&lt;b&gt;'],
    [
      "{% autoescape false %}{% autoescape true %}{{ '<' }}{% endautoescape %}{% endautoescape %}",
      '&lt;',
    ],
    ['{%+ if true %}yes{% endif +%}', 'yes'],
    ['{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = (3, 4) %}{{ c[1] }}', '124'],
    ['{% set x %}body{% endset %}{{ x }}', 'body'],
    ['{% set l = [1] %}{% do l.append(2) %}{{ l | join(",") }}', '1,2'],
  ] as [string, string, object?][])('%s', async (template, expected, extra) => {
    expect(await render(template, extra)).toBe(expected);
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
