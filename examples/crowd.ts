// For a crowd: threads that serve the viewers, a limit, and figures of each viewer.
//
//   npx tsx examples/crowd.ts
import { createServer } from 'framegear';

const server = await createServer({ source: 'testsrc', workers: 'auto', maxViewers: 500 });
await server.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${server.url} in several tabs`);

setInterval(() => {
  for (const session of server.sessions) {
    const { rendition, bitrate, roundTripMs, fractionLost } = session.stats();
    console.log(session.id.slice(0, 8), { rendition, bitrate, roundTripMs, fractionLost });
  }
}, 5000);

process.once('SIGINT', () => void server.close().then(() => process.exit()));
