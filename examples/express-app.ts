// FrameGear inside an Express application: a CORS middleware before our routes, a route of your own
// beside them, and the whole mounted under a prefix of an existing application.
//
//   npx tsx examples/express-app.ts
import cors from 'cors';
import express from 'express';
import type { AddressInfo } from 'node:net';
import { createServer } from 'framegear';

const camera = await createServer({ source: 'testsrc', name: 'camera' });
camera.app.use(cors()); // pages of other sites may post offers
camera.app.get('/viewers', (_request, response) => {
  response.json({ viewers: camera.sessions.size });
});

const app = express();
app.get('/', (_request, response) => response.redirect('/camera/'));
app.use('/camera', camera.app);

const http = app.listen(Number(process.env['PORT'] ?? 8000), () => {
  console.log(`open http://localhost:${(http.address() as AddressInfo).port}/`);
});
process.once('SIGINT', () => {
  http.close();
  http.closeAllConnections();
  void camera.close();
});
