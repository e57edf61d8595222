import express from 'express';
import type { Express } from 'express';
import { answerDetail } from './respond.js';
import type { StreamRoutes } from './stream-routes.js';

/** An application of its own for a stream: its page at the root, nothing else. */
export function createStreamApp(routes: StreamRoutes): Express {
  const app = express().disable('x-powered-by');
  routes.mount(app, '', { own: true });
  app.use((_request, response) => answerDetail(response, 404, 'Not Found'));
  return app;
}
