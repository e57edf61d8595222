// A page of your own: templates and static files in a data directory.
//
//   npx tsx examples/custom-page/main.ts
//
// The same from the command line: npx framegear --data-dir examples/custom-page/data
import { fileURLToPath } from 'node:url';
import { createServer } from 'framegear';

const server = await createServer({
  customDataLocation: fileURLToPath(new URL('data', import.meta.url)),
  name: 'front-door',
});
await server.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${server.url}`);
process.once('SIGINT', () => void server.close());
