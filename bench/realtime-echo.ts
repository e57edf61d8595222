/**
 * What one client costs that gets its own sound or pictures back: Opus at 24 kHz, and VP8 640x480 at 30. `cores` is CPU time of
 * the whole server process over the time it ran.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RealtimeClientProcess } from '../test/support/realtime-client-process.js';
import type { RealtimeClientOptions } from '../test/support/realtime-client.js';
import { print } from './support/print.js';
import type { EchoKind } from './support/realtime-serve.js';

const seconds = Number(process.env['SECONDS'] ?? 15);
const warmUpSeconds = Number(process.env['WARM_UP'] ?? 30);
const cases: { kind: EchoKind; clients: number }[] = [
  { kind: 'audio', clients: 1 },
  { kind: 'audio', clients: 10 },
  { kind: 'video', clients: 1 },
  { kind: 'audio-video', clients: 1 },
];

const media: Record<EchoKind, RealtimeClientOptions> = {
  audio: { audio: 'sendrecv' },
  video: { video: 'sendrecv' },
  'audio-video': { audio: 'sendrecv', video: 'sendrecv' },
};

for (const { kind, clients: count } of cases) {
  const script = fileURLToPath(new URL('support/realtime-serve.ts', import.meta.url));
  const server = fork(script, { execArgv: ['--import', 'tsx'] });
  const ask = async <Answer>(question: string): Promise<Answer> => {
    server.send(question);
    const [answer] = (await once(server, 'message')) as [Answer];
    return answer;
  };
  const { url } = await ask<{ url: string }>(kind);
  const options = {
    ...media[kind],
    decode: false,
    size: { width: 640, height: 480 },
    moving: true,
  };
  const clients = await RealtimeClientProcess.start(url, options, count);
  // Code that runs 50 times a second takes its time to be compiled.
  await delay(warmUpSeconds * 1000);
  const look = async () => ({
    at: performance.now(),
    use: await ask<{ cpuMs: number; rss: number }>('usage'),
    got: await clients.report(),
  });
  const from = await look();
  await delay(seconds * 1000);
  const to = await look();
  const ms = to.at - from.at;
  const perSecond = (what: 'soundPackets' | 'pictures'): number =>
    ((to.got[what] - from.got[what]) * 1000) / ms / count;
  print(`echo of ${kind}`, {
    clients: count,
    cores: (to.use.cpuMs - from.use.cpuMs) / ms,
    soundPacketsPerSecond: perSecond('soundPackets'),
    picturesPerSecond: perSecond('pictures'),
    rssMiB: to.use.rss / 2 ** 20,
  });
  await clients[Symbol.asyncDispose]();
  server.send('close');
  await once(server, 'exit');
}
