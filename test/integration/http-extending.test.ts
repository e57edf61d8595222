import cors from 'cors';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { listenFor, tinyApp } from '../support/http-app.js';

const offer = JSON.stringify({ type: 'offer', sdp: 'v=0\r\n' });
const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: offer };

describe("an app with the user's own routes", () => {
  it('puts them before ours, however late they come', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    expect((await fetch(`${url}/late`)).status).toBe(404);
    app.get('/late', (_request, response) => void response.send('late'));
    app.get('/', (_request, response) => void response.send('own home'));
    expect(await (await fetch(`${url}/late`)).text()).toBe('late');
    expect(await (await fetch(url)).text()).toBe('own home');
    expect((await fetch(`${url}/offer`, post)).status).toBe(200);
  });

  it('works behind a CORS middleware: preflight, answers and errors', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    app.use(cors());
    const preflight = await fetch(`${url}/offer`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'http://elsewhere.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    for (const init of [post, { ...post, body: '[]' }, { method: 'GET' }]) {
      const response = await fetch(`${url}/offer`, init);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it("works behind the user's own body parser and error handler", async () => {
    const { app } = await tinyApp();
    app.use(express.json());
    app.get('/fails', () => {
      throw new Error('mine');
    });
    app.use(((error, _request, response, _next) => {
      response.status(555).send((error as Error).message);
    }) as express.ErrorRequestHandler);
    const { url } = await listenFor(app);
    expect((await fetch(`${url}/offer`, post)).status).toBe(200);
    const own = await fetch(`${url}/fails`);
    expect([own.status, await own.text()]).toEqual([555, 'mine']);
  });

  it('cuts the connection when a route fails in the middle of its answer', async () => {
    const { app } = await tinyApp();
    app.get('/half', (_request, response) => {
      response.write('half');
      throw new Error('broke');
    });
    const { url } = await listenFor(app);
    const reading = fetch(`${url}/half`).then((response) => response.text());
    await expect(reading).rejects.toThrow();
  });
});

describe('an app mounted in another', () => {
  it('keeps everything under its prefix', async () => {
    const { app } = await tinyApp();
    app.get('/fails', () => {
      throw new Error('mine');
    });
    const parent = express();
    parent.use('/cam', app);
    parent.get('/', (_request, response) => void response.send('parent'));
    const { url } = await listenFor(parent);
    expect(await (await fetch(url)).text()).toBe('parent');

    const bare = await fetch(`${url}/cam?x=1`, { redirect: 'manual' });
    expect(bare.status).toBe(302);
    const target = new URL(bare.headers.get('location') ?? '', `${url}/cam?x=1`);
    expect(target.href).toBe(`${url}/cam/?x=1`);

    const page = await fetch(`${url}/cam`);
    expect(page.url).toBe(`${url}/cam/`);
    const [, source = ''] = /src="([^"]+)"/.exec(await page.text()) ?? [];
    const script = new URL(source, page.url);
    expect(script.pathname).toBe('/cam/static/js/custom.js');
    expect((await fetch(script)).status).toBe(200);
    expect((await fetch(`${url}/cam/offer`, post)).status).toBe(200);
    expect((await fetch(`${url}/cam/offer`)).status).toBe(405);

    const lost = await fetch(`${url}/cam/a/b`, { headers: { Accept: 'text/html' } });
    expect(lost.status).toBe(404);
    expect(await lost.text()).toContain('src="../static/js/custom.js"');
    const failed = await fetch(`${url}/cam/fails`, { headers: { Accept: 'text/html' } });
    expect([failed.status, await failed.text()]).toEqual([500, expect.stringContaining('Broken')]);
    expect(await (await fetch(`${url}/elsewhere`)).text()).toContain('Cannot GET');
  });

  it('works in a router of a router, two of them side by side', async () => {
    const parent = express();
    const router = express.Router();
    router.use('/front', (await tinyApp()).app);
    router.use('/back', (await tinyApp()).app);
    parent.use('/cams', router);
    const { url } = await listenFor(parent);
    for (const name of ['front', 'back']) {
      expect(await (await fetch(`${url}/cams/${name}/`)).text()).toContain('Home');
      expect((await fetch(`${url}/cams/${name}/static/js/custom.js`)).status).toBe(200);
      expect((await fetch(`${url}/cams/${name}/offer`, post)).status).toBe(200);
    }
  });

  it("at the root leaves what it does not know to the other's later routes", async () => {
    const { app } = await tinyApp();
    const parent = express();
    parent.use(app);
    parent.get('/later', (_request, response) => void response.send('later'));
    const { url } = await listenFor(parent);
    expect(await (await fetch(url)).text()).toContain('Home');
    expect(await (await fetch(`${url}/later`)).text()).toBe('later');
    expect((await fetch(`${url}/static/nothing`)).status).toBe(404);
  });
});
