// Code that blocks for long, kept away from everybody else: a module of its own runs in a process of its own for each connection.
//
//   npx tsx examples/stream-module/main.ts
import { loadHandler, Stream } from 'framegear';

const handler = await loadHandler(new URL('./slow.ts', import.meta.url));
const stream = new Stream({ handler, title: 'Slow', concurrencyLimit: 4 });
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);

async function stop(): Promise<void> {
  await stream.close();
  await handler[Symbol.asyncDispose]();
}
process.once('SIGINT', () => void stop());
