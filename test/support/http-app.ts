import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Express } from 'express';
import { onTestFinished } from 'vitest';
import { createApp } from '../../src/http/app.js';
import type { AppOptions } from '../../src/http/app.js';
import { silentLogger } from '../../src/logger.js';

/** A folder of the running test; removed when it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'framegear-http-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes `files`, contents by path, below `folder`. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Small pages, so that tests see what they render. */
const tinyPages: Readonly<Record<string, string>> = {
  'templates/base.html':
    '<title>{{ stream.name }}</title>{% block content %}{% endblock %}' +
    `<script src="{{ url_for('static', path='/js/custom.js') }}"></script>`,
  'templates/index.html': '{% extends "base.html" %}{% block content %}<h1>Home</h1>{% endblock %}',
  'templates/404.html':
    '{% extends "base.html" %}{% block content %}Lost {{ status }}{% endblock %}',
  'templates/500.html': '{% extends "base.html" %}{% block content %}Broken{% endblock %}',
  'static/js/custom.js': 'export const answer = 42;\n',
  'static/img/dot.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'static/.secret': 'secret',
  'static/.hidden/file.txt': 'secret',
};

/** Makes an app over `tinyPages` and `files`; what is not given answers as a healthy server. */
export async function tinyApp(
  options: Partial<AppOptions> = {},
  files: Record<string, string> = {},
): Promise<{ app: Express; folder: string }> {
  const folder = await temporaryFolder();
  await writeFiles(folder, { ...tinyPages, ...files });
  const app = createApp({
    dataFiles: {
      templatesDirectory: path.join(folder, 'templates'),
      staticDirectory: path.join(folder, 'static'),
    },
    logging: false,
    logger: silentLogger,
    page: () => ({ streamName: 'Yard <1>', version: '1.2.3', iceServers: [] }),
    offer: () => Promise.resolve({ type: 'answer', sdp: 'v=0\r\n' }),
    closeConnection: () => Promise.resolve('DISABLED'),
    ...options,
  });
  return { app, folder };
}

/** Serves `listener` on a free port until the test ends. */
export async function listenFor(
  listener: RequestListener,
): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Sends exactly `rawPath`, which `fetch` would tidy up first. */
export function rawGet(url: string, rawPath: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path: rawPath }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

/** The `error` of a JSON answer. */
export async function errorOf(response: Response): Promise<{ code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return error;
}
