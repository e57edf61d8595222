// Two sources side by side: two servers, mounted in one Express application.
//
//   npx tsx examples/two-sources.ts
import express from 'express';
import type { AddressInfo } from 'node:net';
import { createServer } from 'framegear';

const left = await createServer({ source: 'testsrc', name: 'left' });
const right = await createServer({
  source: 'testsrc',
  name: 'right',
  videoFilter: 'hflip,hue=h=120',
});

const app = express();
app.use('/left', left.app);
app.use('/right', right.app);
app.get('/', (_request, response) => {
  response.type('html').send(`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Two sources</title>
      <style>
        body { margin: 0; display: grid; grid-template-columns: 1fr 1fr; height: 100vh }
        iframe { border: 0; width: 100%; height: 100% }
      </style>
      <iframe src="left/" title="left" allow="autoplay; fullscreen"></iframe>
      <iframe src="right/" title="right" allow="autoplay; fullscreen"></iframe>
    </html>`);
});

const http = app.listen(Number(process.env['PORT'] ?? 8000), () => {
  console.log(`open http://localhost:${(http.address() as AddressInfo).port}/`);
});
process.once('SIGINT', () => {
  http.close();
  http.closeAllConnections();
  void Promise.all([left.close(), right.close()]);
});
