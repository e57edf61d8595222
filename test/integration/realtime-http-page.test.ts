import { createServer } from 'node:http';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import express from 'express';
import { describe, expect, it, vi } from 'vitest';
import type { RtcConfiguration } from '../../src/config/stream-options.js';
import { temporaryFolder, writeFiles } from '../support/http-app.js';
import { makeStream, serveStream } from '../support/stream-server.js';
import { listen } from '../support/stream-routes.js';

describe('the page', () => {
  it('is there below a prefix, with and without a slash, and its files beside it', async () => {
    const { url } = await serveStream({ title: 'Me & </script>' }, { path: '/chat' });
    const bare = await fetch(`${url}?a=1`, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).toEqual([302, './chat/?a=1']);
    const answer = await fetch(`${url}/`);
    const html = await answer.text();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(html).toContain(
      '{"title":"Me & \\u003c/script>","modality":"audio","mode":"send-receive"}',
    );
    expect(html).toContain('<title>Me &amp; &lt;/script&gt;</title>');
    const links = [...html.matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect([link, (await fetch(`${url}/${link}`)).status]).toEqual([link, 200]);
    }
    expect((await fetch(`${url}/page/../../package.json`)).status).toBe(404);
  });

  it('is there for a router without a prefix of its own, unless that is the root', async () => {
    const stream = makeStream();
    const app = express();
    const router = express.Router();
    stream.mount(router);
    app.use('/inner', router);
    app.use(router);
    app.use((request, response) => response.status(404).send(`nothing at ${request.path}`));
    const url = `http://${await listen(createServer(app))}`;
    expect(await (await fetch(`${url}/inner/`)).text()).toContain('client/index.js');
    expect((await fetch(`${url}/inner`, { redirect: 'manual' })).status).toBe(302);
    expect((await fetch(`${url}/inner/page/page.js`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toBe('nothing at /');
    expect(await (await fetch(`${url}/page/page.js`)).text()).toBe('nothing at /page/page.js');
    expect((await fetch(`${url}/client/index.js`)).status).toBe(200);
  });

  it('may be a file of the application, with the configuration made for each visitor', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'index.html': '<script>rtc = __RTC_CONFIGURATION__; info = __STREAM__;</script> $& <!-- -->',
    });
    let visits = 0;
    const { url } = await serveStream({
      modality: 'audio',
      routes: { page: path.join(folder, 'index.html') },
      rtcConfiguration: async () => {
        visits += 1;
        return { iceServers: [{ urls: 'turn:<&$1', username: `u${visits}`, credential: 'c' }] };
      },
    });
    expect(await (await fetch(url)).text()).toBe(
      '<script>rtc = {"iceServers":[{"urls":"turn:\\u003c&$1","username":"u1","credential":"c"}]}; ' +
        'info = {"title":"FrameGear","modality":"audio","mode":"send-receive"};</script> $& <!-- -->',
    );
    expect(await (await fetch(url)).text()).toContain('"u2"');
    const { url: none } = await serveStream({
      routes: { page: new URL(`file://${folder}/index.html`) },
    });
    expect(await (await fetch(none)).text()).toContain('rtc = null;');
    await writeFiles(folder, { 'gone.html': '' });
    const { url: missing } = await serveStream({ routes: { page: `${folder}/gone.html` } });
    await rm(`${folder}/gone.html`);
    expect((await fetch(missing)).status).toBe(404);
  });
});

describe('GET /webrtc/configuration', () => {
  it('tells a client what it must know', async () => {
    const { url } = await serveStream({
      title: 'Talk',
      timeLimitMs: 90_000,
      rtpParams: { degradationPreference: 'maintain-framerate' },
      rtcConfiguration: { iceServers: [{ urls: 'stun:stun.example.org' }] },
    });
    const answer = await fetch(`${url}/webrtc/configuration`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toEqual({
      title: 'Talk',
      modality: 'audio',
      mode: 'send-receive',
      timeLimitMs: 90_000,
      rtpParams: { degradationPreference: 'maintain-framerate' },
      rtcConfiguration: { iceServers: [{ urls: 'stun:stun.example.org' }] },
      trackConstraints: {
        echoCancellation: true,
        noiseSuppression: { exact: true },
        autoGainControl: { exact: true },
        sampleRate: { ideal: 24_000 },
        sampleSize: { ideal: 16 },
        channelCount: { exact: 1 },
      },
      routes: {
        inputHook: '/input_hook',
        outputs: '/outputs',
        triggerResponse: '/trigger_response',
        websocket: true,
      },
    });
  });

  it('has the RTC configuration of bound methods, and keeps what they fail with', async () => {
    class Credentials {
      user = 'bound';
      get(): RtcConfiguration {
        if (this.user === '') throw new Error('token hunter2 is wrong');
        return { iceServers: [{ urls: 'turn:t', username: this.user, credential: 'x' }] };
      }
    }
    const credentials = new Credentials();
    const errors: unknown[] = [];
    const log = vi.fn((fields: unknown) => void errors.push(fields));
    const logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
    const { url, stream } = await serveStream({
      rtcConfiguration: credentials.get.bind(credentials),
      trackConstraints: null,
      logger,
    });
    const ask = (): Promise<Response> => fetch(`${url}/webrtc/configuration`);
    expect(await (await ask()).json()).toMatchObject({
      rtcConfiguration: { iceServers: [{ username: 'bound' }] },
      trackConstraints: null,
    });
    expect(await stream.getRtcConfiguration()).toMatchObject({ iceServers: [{}] });
    credentials.user = '';
    const failed = await ask();
    expect(failed.status).toBe(503);
    expect(await failed.text()).not.toContain('hunter2');
    expect(errors).toContainEqual({ err: new Error('token hunter2 is wrong') });
  });
});
