import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, RequestHandler, Response, Router } from 'express';
import { escapeHtml } from '../pages/escape-html.js';
import { opensPrefixWithoutSlash, queryOf, relativeRoot } from '../pages/relative-root.js';
import { RequestError } from '../request-error.js';
import { staticHandler } from '../routes/static.js';
import type { Access } from './access.js';
import { answerDetail } from './respond.js';
import type { PageOption, StreamHost } from './stream-host.js';

/** The same three steps up from `src/` and from `dist/`. */
const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
const clientDirectory = path.join(packageRoot, 'client', 'src');
const pageDirectory = path.join(packageRoot, 'client', 'page');

/**
 * The page at the root of the prefix, with its files, and the client's: relative links hold under any prefix.
 *
 * @param mayBeForeignRoot - Mounted without a prefix in an application that is not the stream's own: where a request comes
 *   without one as well, the front page is the application's own affair.
 */
export function addPage(
  router: Router,
  {
    host,
    access,
    mayBeForeignRoot,
  }: { host: StreamHost; access: Access; mayBeForeignRoot: boolean },
): void {
  const { page, client } = host.routes;
  const file = pageFile(page);
  const guarded = page === 'auto' && mayBeForeignRoot;
  const add = (folder: string, handler: RequestHandler, always: boolean = false): void => {
    router.use(folder, guarded && !always ? belowPrefix(folder, handler) : handler);
  };
  if (file !== null) {
    const show = pageHandler(host, access, file);
    router.get('/', guarded ? belowPrefix('', show) : show);
    add('/page', filesHandler(pageDirectory, access));
  }
  if (client || file !== null) add('/client', filesHandler(clientDirectory, access), client);
}

/** `null`: there is none. */
function pageFile(page: PageOption): string | null {
  if (typeof page === 'object') return page.file;
  return page === 'never' ? null : path.join(pageDirectory, 'index.html');
}

/**
 * Only for requests that came through the prefix of a router around us, or of an application.
 *
 * @param folder - Where the handler itself lies.
 */
function belowPrefix(folder: string, handler: RequestHandler): RequestHandler {
  return (request, response, next) =>
    request.baseUrl.length > folder.length ? handler(request, response, next) : next();
}

/** `GET /webrtc/configuration`: what the browser must know; its STUN and TURN credentials are made for it alone. */
export function configurationHandler(host: StreamHost, access: Access): RequestHandler {
  return async (request, response) => {
    if (!(await access.admits(request, response, 'configuration'))) return;
    const rtcConfiguration = await readConfiguration(host, response);
    if (rtcConfiguration === undefined) return;
    access.introduce(request, response);
    const { inputHook, outputs, triggerResponse, websocket } = host.routes;
    const routes = { inputHook, outputs, triggerResponse, websocket };
    response
      .set('Cache-Control', 'no-store')
      .json({ title: host.title, rtcConfiguration, ...host.clientSettings, routes });
  };
}

function pageHandler(host: StreamHost, access: Access, file: string): RequestHandler {
  return async (request, response, next) => {
    if (opensPrefixWithoutSlash(request)) {
      response.redirect(302, relativeRoot(request) + queryOf(request.originalUrl));
      return;
    }
    if (!(await access.admits(request, response, 'page'))) return;
    const html = await readPage(file);
    if (html === null) {
      host.logger.error({ file }, 'the page cannot be read');
      next();
      return;
    }
    const rtcConfiguration = html.includes('__RTC_CONFIGURATION__')
      ? await readConfiguration(host, response)
      : null;
    if (rtcConfiguration === undefined) return;
    access.introduce(request, response);
    response
      .set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
      .type('html')
      .send(fill(html, host, rtcConfiguration));
  };
}

function readPage(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}

/** Answers 503 itself, without what the application's function failed with: that may hold a secret. */
async function readConfiguration(
  host: StreamHost,
  response: Response,
): Promise<object | null | undefined> {
  try {
    return await host.rtcConfiguration();
  } catch (err) {
    host.logger.error({ err }, 'rtcConfiguration failed');
    answerDetail(response, 503, 'The RTC configuration cannot be had at the moment');
    return undefined;
  }
}

/** Fills FastRTC's placeholder, ours, and `__TITLE__`. */
function fill(html: string, host: StreamHost, rtcConfiguration: object | null): string {
  const { modality, mode } = host.port;
  const { title } = host;
  // Functions, since `$` means something in a replacement text.
  return html
    .replaceAll('__RTC_CONFIGURATION__', () => scriptJson(rtcConfiguration))
    .replaceAll('__STREAM__', () => scriptJson({ title, modality, mode }))
    .replaceAll('__TITLE__', () => escapeHtml(title));
}

/** JSON that cannot end the script element it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Files of a folder; what is not there is the application's. */
function filesHandler(directory: string, access: Access): RequestHandler {
  const serve = staticHandler(directory);
  return onlyReads(async (request, response, next) => {
    if (!(await access.admits(request, response, 'page'))) return;
    try {
      await serve(request, response, next);
    } catch (error) {
      if (error instanceof RequestError && error.code === 'not-found') next();
      else throw error;
    }
  });
}

function onlyReads(handler: RequestHandler): RequestHandler {
  return (request: Request, response, next) =>
    request.method === 'GET' || request.method === 'HEAD'
      ? handler(request, response, next)
      : next();
}
