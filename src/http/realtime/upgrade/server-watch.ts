import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server as HttpServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { watchUpgrades } from './watch-upgrades.js';
import type { AnyServer } from './watch-upgrades.js';

/** Published by Node for every connection that a server accepts, before anything of it is read. */
const acceptedChannel = 'net.server.socket';

/** An Express application: knows what it is mounted on. */
interface Mounted {
  parent?: unknown;
}

/**
 * Finds out which HTTP servers a stream is served by, so that its WebSockets come through there; see
 * {@link watchUpgrades}. Nothing tells an application which server it is given to: a server is known by the first
 * connection it accepts, when the application, or one it is mounted in, is its `request` listener, and by the first request
 * that arrives otherwise.
 */
export class ServerWatch {
  readonly #releases: Map<AnyServer, () => void> = new Map();
  readonly #apps: Set<unknown> = new Set();
  readonly #accepted: (message: unknown) => void;
  #closed = false;

  constructor() {
    this.#accepted = (message) => this.#see((message as { socket: Socket }).socket);
  }

  /** Something that the stream was mounted on. */
  addApp(app: unknown): void {
    if (this.#closed) return;
    if (this.#apps.size === 0) subscribe(acceptedChannel, this.#accepted);
    this.#apps.add(app);
  }

  /** A server that certainly serves the stream. */
  add(server: AnyServer): void {
    if (this.#closed || this.#releases.has(server)) return;
    const stop = watchUpgrades(server);
    const forget = onClosed(server, () => this.#forget(server));
    this.#releases.set(server, () => {
      forget();
      stop();
    });
  }

  /** Learns from a request that reached a route. */
  learnFrom(request: IncomingMessage): void {
    const server = serverOf(request.socket);
    if (server !== null) this.add(server);
  }

  /** Lets go of every server. Idempotent. */
  close(): void {
    this.#closed = true;
    unsubscribe(acceptedChannel, this.#accepted);
    for (const release of this.#releases.values()) release();
    this.#releases.clear();
    this.#apps.clear();
  }

  #see(socket: Socket): void {
    const server = serverOf(socket);
    if (server === null || this.#releases.has(server)) return;
    const listeners = new Set<unknown>(server.listeners('request'));
    for (const app of this.#apps) {
      if (lineOf(app).some((ancestor) => listeners.has(ancestor))) {
        this.add(server);
        return;
      }
    }
  }

  /** A server may listen again after it has closed. */
  #forget(server: AnyServer): void {
    this.#releases.get(server)?.();
    this.#releases.delete(server);
  }
}

/** Applications that `app` is mounted in, itself first. */
function lineOf(app: unknown): unknown[] {
  const line: unknown[] = [];
  let current = app;
  while (current !== undefined && current !== null && !line.includes(current)) {
    line.push(current);
    current = (current as Mounted).parent;
  }
  return line;
}

function serverOf(socket: Socket): AnyServer | null {
  const { server } = socket as Socket & { server?: unknown };
  return server instanceof HttpServer || server instanceof HttpsServer ? server : null;
}

/** Who wants to know of a server's end: one listener for all, however many streams a server has. */
const waiting = new WeakMap<AnyServer, Set<() => void>>();

/** Calls back when the server closes. @returns Ends that. */
function onClosed(server: AnyServer, callback: () => void): () => void {
  const callbacks = waiting.get(server) ?? new Set();
  if (callbacks.size === 0) {
    waiting.set(server, callbacks);
    server.once('close', tellAll);
  }
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) server.off('close', tellAll);
  };
}

function tellAll(this: AnyServer): void {
  const callbacks = [...(waiting.get(this) ?? [])];
  waiting.get(this)?.clear();
  for (const callback of callbacks) callback();
}
