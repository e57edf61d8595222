import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import express from 'express';
import { onTestFinished } from 'vitest';
import { Stream } from '../../src/stream.js';
import { listen } from './stream-routes.js';

/** A stream whose WebRTC can never connect: no browser gets the password that ICE wants. The rest works. */
export async function serveDeafStream(
  options: ConstructorParameters<typeof Stream>[0],
): Promise<{ stream: Stream; url: string; cutSockets: () => void }> {
  const stream = new Stream(options);
  onTestFinished(() => stream.close());
  const app = express();
  app.use((_request, response, next) => {
    const json = response.json.bind(response);
    response.json = (body: { sdp?: string }) => {
      const sdp = body.sdp?.replace(/a=ice-pwd:.*/g, `a=ice-pwd:${'x'.repeat(24)}`);
      return json(sdp === undefined ? body : { ...body, sdp });
    };
    next();
  });
  stream.mount(app, '/deaf');
  const server: Server = createServer(app);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const host = await listen(server);
  return {
    stream,
    url: `http://${host}/deaf/`,
    cutSockets: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
