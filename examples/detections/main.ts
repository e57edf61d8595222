// Boxes drawn in the page from detections that a transform sends over the data channel.
//
//   npx tsx examples/detections/main.ts
import express from 'express';
import { fileURLToPath } from 'node:url';
import { createServer } from 'framegear';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const server = await createServer({
  source: process.argv[2] ?? 'testsrc',
  transforms: [here('find-motion.ts')],
  name: 'detections',
});
// The default page, with one script more.
server.app.use('/boxes', express.static(here('static')));
server.app.get('/with-boxes', async (_request, response) => {
  const page = await fetch(server.url).then((answer) => answer.text());
  const script = '<script type="module" src="boxes/boxes.js"></script></body>';
  response.type('html').send(page.replace('</body>', script));
});
await server.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${server.url}with-boxes`);
process.once('SIGINT', () => void server.close());
