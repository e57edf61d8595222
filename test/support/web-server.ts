import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP server of a test. */
export interface WebServer {
  /** Address without a slash at the end, e.g. `http://127.0.0.1:40001`. */
  origin: string;
  /** Paths asked for so far. */
  paths: string[];
  /** Cuts all connections, and takes no more. */
  close(): Promise<void>;
}

/** Starts an HTTP server on a free port of this machine. */
export async function serveWeb(answer: RequestListener): Promise<WebServer> {
  const paths: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    answer(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
