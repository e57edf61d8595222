import { rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf, listenFor, rawGet, tinyApp, writeFiles } from '../support/http-app.js';

const html = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
const json = { headers: { Accept: 'application/json' } };

describe('GET /', () => {
  it('renders index.html anew each time, so that edits show on reload', async () => {
    const { app, folder } = await tinyApp();
    const { url } = await listenFor(app);
    const first = await fetch(url);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toMatch(/^text\/html/);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    expect(first.headers.has('x-powered-by')).toBe(false);
    const text = await first.text();
    expect(text).toContain('<h1>Home</h1>');
    expect(text).toContain('Yard &lt;1&gt;');
    expect(text).toContain('src="./static/js/custom.js"');

    await writeFile(path.join(folder, 'templates/index.html'), 'edited');
    expect(await (await fetch(url)).text()).toBe('edited');
    await writeFile(path.join(folder, 'templates/base.html'), 'other base');
    await writeFile(path.join(folder, 'templates/index.html'), '{% extends "base.html" %}');
    expect(await (await fetch(url)).text()).toBe('other base');
  });

  it('answers HEAD without a body, and 304 to a page that the browser has', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    const etag = head.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const again = await fetch(url, {
      headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
  });

  it('refuses POST with 405', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    const response = await fetch(url, { method: 'POST', ...html });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.text()).toContain('405 Method Not Allowed');
  });
});

describe('GET /static', () => {
  it('serves files with their type, to be asked for again each time', async () => {
    const { app, folder } = await tinyApp();
    const { url } = await listenFor(app);
    const script = await fetch(`${url}/static/js/custom.js`);
    expect(script.status).toBe(200);
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    expect(script.headers.get('cache-control')).toBe('no-cache');
    const etag = script.headers.get('etag') ?? '';
    const headers = { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' };
    expect((await fetch(`${url}/static/js/custom.js`, { headers })).status).toBe(304);
    await writeFile(path.join(folder, 'static/js/custom.js'), 'export const answer = 43;\n\n');
    expect(await (await fetch(`${url}/static/js/custom.js`, { headers })).text()).toContain('43');

    const image = await fetch(`${url}/static/img/dot.svg`, { method: 'HEAD' });
    expect(image.headers.get('content-type')).toBe('image/svg+xml');
  });

  it('serves names that need escapes, and parts of files', async () => {
    const { app } = await tinyApp({}, { 'static/a #1 100%.txt': 'odd name' });
    const { url } = await listenFor(app);
    const address = `${url}/static/${encodeURIComponent('a #1 100%.txt')}`;
    expect(await (await fetch(address)).text()).toBe('odd name');
    const part = await fetch(address, { headers: { Range: 'bytes=0-2' } });
    expect([part.status, await part.text()]).toEqual([206, 'odd']);
  });

  it.each([
    '/static/../templates/index.html',
    '/static/%2e%2e/templates/index.html',
    '/static/%2e%2e%2ftemplates%2findex.html',
    '/static/..%2ftemplates/index.html',
    '/static/js/..%5c..%5ctemplates%5cindex.html',
    '/static/..\\..\\templates\\index.html',
    '/static/%252e%252e/templates/index.html',
    '/static//etc/passwd',
    '/static/%00',
    '/static/js/custom.js%00.txt',
    '/static/%zz',
    '/static/.secret',
    '/static/%2esecret',
    '/static/.hidden/file.txt',
    '/static/js',
    '/static/js/custom.js/',
    '/static/js/',
    '/static/',
    '/static',
    '/static/no/such.file',
    '/static/link-out.txt',
    '/static/folder-out/index.html',
  ])('does not find %s', async (rawPath) => {
    const { app, folder } = await tinyApp();
    await symlink(path.join(folder, 'templates'), path.join(folder, 'static/folder-out'));
    await symlink(
      path.join(folder, 'templates/index.html'),
      path.join(folder, 'static/link-out.txt'),
    );
    const { url } = await listenFor(app);
    const { status, body } = await rawGet(url, rawPath);
    expect(status).toBe(404);
    expect(body).toContain('Lost 404');
    expect(body).not.toMatch(/secret|Home|root:/);
  });

  it('refuses to be written to', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    expect((await fetch(`${url}/static/js/custom.js`, { method: 'DELETE' })).status).toBe(405);
  });
});

describe('404 and 500', () => {
  it('shows 404.html to browsers, JSON to who asks for it, text to the rest', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    const page = await fetch(`${url}/a/b/c?x=1`, html);
    expect(page.status).toBe(404);
    const text = await page.text();
    expect(text).toContain('Lost 404');
    expect(text).toContain('src="../../static/js/custom.js"');

    const data = await fetch(`${url}/a`, json);
    expect([data.status, (await errorOf(data)).code]).toEqual([404, 'not-found']);
    const image = await fetch(`${url}/favicon.ico`, { headers: { Accept: 'image/*' } });
    expect([image.status, image.headers.get('content-type')]).toEqual([
      404,
      'text/plain; charset=utf-8',
    ]);
    const head = await fetch(`${url}/a`, { method: 'HEAD', ...html });
    expect([head.status, await head.text()]).toEqual([404, '']);
  });

  it('shows 500.html for a template with a syntax error, the traceback with logging', async () => {
    const broken = { 'templates/index.html': '<h1>{% if %}</h1>' };
    const quiet = await fetch((await listenFor((await tinyApp({}, broken)).app)).url, html);
    expect(quiet.status).toBe(500);
    const page = await quiet.text();
    expect(page).toContain('Broken');
    expect(page).not.toMatch(/index\.html|Template|at /);

    const { app } = await tinyApp({ logging: true }, broken);
    const talkative = await fetch((await listenFor(app)).url, html);
    expect(talkative.status).toBe(500);
    expect(await talkative.text()).toMatch(/index\.html.*Line 1/s);
  });

  it('still answers when 500.html or its base is broken too', async () => {
    const broken = { 'templates/base.html': '{% block %}' };
    const { app } = await tinyApp({}, broken);
    const { url } = await listenFor(app);
    const page = await fetch(url, html);
    expect(page.status).toBe(500);
    expect(await page.text()).toContain('500 Server error');
    const lost = await fetch(`${url}/nowhere`, html);
    expect(lost.status).toBe(500);
    expect(await lost.text()).not.toContain('Template');
  });

  it('still answers when all templates are gone', async () => {
    const { app, folder } = await tinyApp();
    const { url } = await listenFor(app);
    await rm(path.join(folder, 'templates'), { recursive: true });
    expect((await fetch(url, html)).status).toBe(500);
  });

  it("shows errors of the user's own routes, escaped, and hides them without logging", async () => {
    for (const logging of [false, true]) {
      const { app } = await tinyApp({ logging });
      app.get('/throw', () => {
        throw new Error('<b>secret</b>', { cause: new Error('deep down') });
      });
      app.get('/reject', () => Promise.reject(new Error('secret')));
      app.get('/teapot', (_request, _response, next) => {
        next(Object.assign(new Error('short and stout'), { status: 418 }));
      });
      const { url } = await listenFor(app);
      const page = await fetch(`${url}/throw`, html);
      expect(page.status).toBe(500);
      const text = await page.text();
      expect(text.includes('&lt;b&gt;secret')).toBe(logging);
      expect(text.includes('deep down')).toBe(logging);
      expect(text).not.toContain('<b>secret');
      const data = await fetch(`${url}/reject`, json);
      expect(data.status).toBe(500);
      expect((await data.text()).includes('secret')).toBe(logging);
      const teapot = await fetch(`${url}/teapot`, html);
      expect([teapot.status, await teapot.text()]).toEqual([
        418,
        expect.stringContaining('short and stout'),
      ]);
    }
  });

  it('answers a path that cannot be decoded', async () => {
    const { app } = await tinyApp();
    app.get('/user/:name', (request, response) => void response.send(request.params.name));
    const { url } = await listenFor(app);
    expect((await rawGet(url, '/user/%zz')).status).toBe(400);
    expect((await rawGet(url, '/%zz')).status).toBe(404);
  });
});

describe("the original's dialect in real pages", () => {
  it('renders a set of pages with a comment above extends, keywords and whitespace control', async () => {
    const { app, folder } = await tinyApp();
    await writeFiles(folder, {
      'templates/base.html':
        "<!-- license -->\n<!DOCTYPE html>\n<link href=\"{{ url_for('static', path='/css/custom.css') }}\">" +
        '{% block content %}{% endblock %}',
      'templates/index.html':
        '<!--\nlicense\n-->\n\n{% extends "base.html" %}\n{% block content %}\n' +
        '{%- if True and None is none %}<video id="video"></video>{% endif -%}\n{% endblock %}',
    });
    const { url } = await listenFor(app);
    const text = await (await fetch(url)).text();
    expect(text).toContain('<!DOCTYPE html>\n<link href="./static/css/custom.css">');
    expect(text).toMatch(/"><video id="video"><\/video>$/);
  });
});
