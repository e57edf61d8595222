import { ExpectedError } from './expected-error.js';

/** How many ports are tried after the first. */
const portsToTry = 100;

/** What listens: a `Server`. */
export interface Listening {
  /** Rejects with Node's error, e.g. `code` `EADDRINUSE`; may then be called again. */
  listen(options: { host: string; port: number }): Promise<unknown>;
}

/** Where to listen, and how insistently. */
export interface ListenOptions {
  /** Address or host name. */
  host: string;
  /** First port to try; 0 takes any free one. */
  port: number;
  /** Takes this port or none. */
  strictPort: boolean;
  /** Told of every port that was taken when the next one is tried. */
  onTaken?: (port: number) => void;
}

/**
 * Listens on `port`, or on the next one that is free.
 *
 * @throws {ExpectedError} that says what to do.
 */
export async function listenOnFreePort(server: Listening, options: ListenOptions): Promise<void> {
  const { host, port, strictPort } = options;
  const last = strictPort || port === 0 ? port : Math.min(port + portsToTry, 65_535);
  for (let next = port; next <= last; next++) {
    try {
      await server.listen({ host, port: next });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw explain(error, host, next);
      if (next < last) options.onTaken?.(next);
    }
  }
  const advice = strictPort ? '--port, or leave out --strict-port' : '--port';
  const ports = last === port ? `port ${port} is` : `ports ${port} to ${last} are`;
  throw new ExpectedError(`${ports} taken: choose another with ${advice}`);
}

function explain(error: unknown, host: string, port: number): unknown {
  switch (codeOf(error)) {
    case 'EACCES':
      return new ExpectedError(
        `no right to listen on port ${port}: choose one from 1024 up with --port`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new ExpectedError(
        `cannot listen on "${host}", which is no address of this machine: ` +
          'use --host alone to listen on all of them',
        { cause: error },
      );
    default:
      return error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
