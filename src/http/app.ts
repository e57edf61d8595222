import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from '../logger.js';
import type { DataFiles } from './data-files/prepare-data-files.js';
import { createErrorResponder } from './error-middleware.js';
import type { PageInfo } from './page-info.js';
import { PageRenderer } from './pages/page-renderer.js';
import { opensPrefixWithoutSlash, queryOf, relativeRoot } from './pages/relative-root.js';
import { RequestError } from './request-error.js';
import { allowOnly } from './routes/allow.js';
import { closeConnectionHandlers } from './routes/close-connection.js';
import type { CloseConnectionHandler } from './routes/close-connection.js';
import { offerHandlers } from './routes/offer.js';
import type { OfferHandler } from './routes/offer.js';
import { staticHandler } from './routes/static.js';

/** What {@link createApp} serves, and what it calls. */
export interface AppOptions {
  /** Where templates and static files lie, from `prepareDataFiles()`. */
  dataFiles: Pick<DataFiles, 'templatesDirectory' | 'staticDirectory'>;
  /** Shows tracebacks to clients in place of `500.html`. */
  logging: boolean;
  logger: Logger;
  /** Asked for at each rendering. */
  page: () => PageInfo;
  /** Answers `POST /offer`. */
  offer: OfferHandler;
  /** Answers `POST /close_connection`. */
  closeConnection: CloseConnectionHandler;
}

type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  callback?: (error?: unknown) => void,
) => void;

/**
 * The Express application that users extend. Our routes, the 404 page and the error pages are what it
 * falls back to, so routes and middleware of the user come first however late they are added.
 *
 * It can be mounted in another application, under a prefix or at its root. Under a prefix everything
 * below is ours; at the root, what we do not know goes on to the other application's next route.
 * Owns no socket and no timer: there is nothing to close.
 */
export function createApp(options: AppOptions): Express {
  const app = express().disable('x-powered-by');
  const renderer = new PageRenderer(options.dataFiles.templatesDirectory, options.page);
  const respond = createErrorResponder({ ...options, renderer });
  const routes = createRoutes(options, renderer);

  // Express has no hook behind the last route, but hands each request to `handle`
  const internals = app as unknown as { handle: Handle };
  const ownStack = internals.handle.bind(app);
  internals.handle = (incoming, outgoing, callback) => {
    ownStack(incoming, outgoing, (failure) => {
      // both were given Express' prototypes by now
      const request = incoming as Request;
      const response = outgoing as Response;
      // the router puts back what was there before it: nothing, unless the app is mounted
      request.baseUrl ??= '';
      const finish = (error?: unknown): void => {
        if (!error && callback && request.baseUrl === '') {
          callback();
          return;
        }
        const fault = error ?? new RequestError('not-found', `There is nothing at ${request.path}`);
        void respond(fault, request, response);
      };
      if (failure) finish(failure);
      else routes(request, response, finish as NextFunction);
    });
  };
  return app;
}

function createRoutes(options: AppOptions, renderer: PageRenderer): express.Router {
  const router = express.Router();
  router.use(securityHeaders);
  router.get('/', async (request, response) => {
    if (opensPrefixWithoutSlash(request)) {
      response.redirect(302, relativeRoot(request) + queryOf(request.originalUrl));
      return;
    }
    const html = await renderer.render('index.html', request);
    response.set('Cache-Control', 'no-cache').type('html').send(html);
  });
  router.all('/', allowOnly('GET', 'HEAD'));
  const serveStatic = staticHandler(options.dataFiles.staticDirectory);
  router.use('/static', (request, response, next) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    return reads
      ? serveStatic(request, response, next)
      : allowOnly('GET', 'HEAD')(request, response, next);
  });
  router.post('/offer', offerHandlers(options.offer));
  router.all('/offer', allowOnly('POST'));
  router.post('/close_connection', closeConnectionHandlers(options.closeConnection));
  router.all('/close_connection', allowOnly('POST'));
  return router;
}

/**
 * No Content-Security-Policy: users' own templates may load what they like, and those of WebGear_RTC
 * load fonts and scripts from elsewhere.
 */
const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' });
  next();
};
