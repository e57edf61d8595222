import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { StreamPort } from '../../realtime/core/stream-port.js';

/** Of the cookie that tells a browser from others. */
const ownerCookie = 'framegear_owner';

/** After an answer, how long candidates may come from the browser that has not read the answer's cookie yet. */
const graceMs = 3000;

/** How long a place may be held before its connection is there. */
const settlingMs = 60_000;

interface Ownership {
  /** The browser's secret; `null`: nobody's. */
  readonly owner: string | null;
  readonly sinceMs: number;
}

/**
 * Who opened which connection, known by a cookie: a browser gets it with the page, or with the answer to its first offer. With it
 * nobody can feed or read a connection whose id was guessed.
 */
export class Owners {
  readonly #port: Pick<StreamPort, 'find' | 'hasEnded'>;
  readonly #byId: Map<string, Ownership> = new Map();

  constructor(port: Pick<StreamPort, 'find' | 'hasEnded'>) {
    this.#port = port;
  }

  /** Notes whose a connection is. Those of connections that are forgotten are forgotten as well. */
  claim(id: string, owner: string | null): void {
    const now = performance.now();
    for (const [known, { sinceMs }] of this.#byId) {
      // A place is taken before there is a connection.
      const isNew = now - sinceMs < settlingMs;
      if (!isNew && this.#port.find(known) === undefined && !this.#port.hasEnded(known)) {
        this.#byId.delete(known);
      }
    }
    this.#byId.set(id, { owner, sinceMs: now });
  }

  /** Whether a request may have to do with a connection; of one that is unknown there is nothing to keep. */
  mayUse(id: string, request: IncomingMessage): boolean {
    const ownership = this.#byId.get(id);
    return ownership === undefined || ownership.owner === readOwner(request);
  }

  /** The same for candidates, which a new browser sends before it has its cookie. */
  mayTrickle(id: string, request: IncomingMessage): boolean {
    const ownership = this.#byId.get(id);
    const isNew =
      ownership !== undefined &&
      performance.now() - ownership.sinceMs < graceMs &&
      readOwner(request) === null;
    return isNew || this.mayUse(id, request);
  }
}

/** The browser's secret, when it has one of ours. */
export function readOwner({ headers }: IncomingMessage): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === ownerCookie && /^[\w-]{22}$/.test(value)) return value;
  }
  return null;
}

/** A secret for a browser that has none. */
export function makeOwner(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * The `Set-Cookie` for a secret.
 *
 * @param crossSite - The page is of another site, which only works over HTTPS.
 */
export function ownerCookieText(
  owner: string,
  { secure, crossSite }: { secure: boolean; crossSite: boolean },
): string {
  const sameSite = crossSite && secure ? 'None' : 'Lax';
  return `${ownerCookie}=${owner}; Path=/; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
}
