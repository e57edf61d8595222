import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where an {@link HttpListener} listens. */
export interface ListenAddress {
  /** As asked for, e.g. `localhost` or `0.0.0.0`. */
  host: string;
  /** The port in use, also when 0 was asked for. */
  port: number;
}

/** One HTTP socket and its connections. */
export class HttpListener {
  readonly address: ListenAddress;
  readonly #server: Server;

  private constructor(server: Server, address: ListenAddress) {
    this.#server = server;
    this.address = address;
  }

  /**
   * Starts listening. `localhost` means 127.0.0.1, whatever the machine's resolver puts first: the
   * printed address must work in every client.
   *
   * @throws Node's error, e.g. with `code` `EADDRINUSE`.
   */
  static listen(handler: RequestListener, host: string, port: number): Promise<HttpListener> {
    const server = createServer(handler);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port }, () => {
        server.off('error', reject);
        const address = server.address() as AddressInfo;
        resolve(new HttpListener(server, { host, port: address.port }));
      });
    });
  }

  /** The address for this machine's browser, with a slash at the end. */
  get url(): string {
    const { host, port } = this.address;
    const everywhere = host === '0.0.0.0' || host === '::';
    const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return `http://${name}:${port}/`;
  }

  /** Ends open connections and frees the port. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
