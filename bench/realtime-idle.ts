/** What a WebSocket costs that has started and says nothing: CPU time, and memory from its fifth second on. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { print } from './support/print.js';
import { StreamProcess } from './support/stream-process.js';

const seconds = Number(process.env['SECONDS'] ?? 60);
await using server = await StreamProcess.start('audio');
const socket = new WebSocket(new URL('websocket/offer', server.url));
await once(socket, 'open');
socket.send(JSON.stringify({ event: 'start', websocket_id: 'idle' }));
await delay(5000);
const before = await server.usage();
const startedAt = performance.now();
await delay(seconds * 1000);
const after = await server.usage();
print('idle WebSocket', {
  seconds,
  cores: (after.cpuMs - before.cpuMs) / (performance.now() - startedAt),
  grownMiB: (after.rss - before.rss) / 2 ** 20,
});
socket.close();
