import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import type { Router } from 'express';
import { show } from '../../util/show-value.js';
import { Access } from './access.js';
import { inputHandlers, triggerHandlers } from './input-routes.js';
import { offerHandlers } from './offer-route.js';
import { OpenReaders } from './open-readers.js';
import { outputsHandler } from './outputs-route.js';
import { addPage, configurationHandler } from './page-routes.js';
import { allowMethods, errorResponder } from './respond.js';
import { openSocket, socketHandler } from './socket-routes.js';
import type { SocketKind, SocketParts } from './socket-routes.js';
import type { StreamHost } from './stream-host.js';
import { incomingCallHandlers } from './telephone-route.js';
import { ServerWatch } from './upgrade/server-watch.js';
import { SocketGate } from './upgrade/socket-gate.js';
import type { AnyServer } from './upgrade/watch-upgrades.js';

/** An Express application or router. */
export interface MountTarget {
  /** Express' own. */
  use(path: string, handler: Router): unknown;
}

/** The routes of a stream, wherever they are mounted. */
export class StreamRoutes {
  readonly #host: StreamHost;
  readonly #access: Access;
  readonly #gate: SocketGate = new SocketGate();
  readonly #servers: ServerWatch = new ServerWatch();
  readonly #parts: SocketParts;
  readonly #readers: OpenReaders;

  constructor(host: StreamHost) {
    this.#host = host;
    const { port, logger, access } = host;
    this.#access = new Access({ ...access, port, logger });
    this.#readers = new OpenReaders(host.closing);
    this.#parts = { host, access: this.#access, gate: this.#gate };
  }

  /**
   * Adds the routes under a prefix; `own`: the application is the stream's own.
   *
   * @throws {RangeError} for a path that Express does not take; nothing is added then.
   */
  mount(
    app: MountTarget,
    path: string,
    { own, server }: { own: boolean; server?: AnyServer },
  ): void {
    const router = this.#router(path === '' && !own);
    try {
      app.use(path === '' ? '/' : path, router);
    } catch (cause) {
      const message = `path: expected one that Express takes, got ${show(path)}`;
      throw new RangeError(message, { cause });
    }
    this.#servers.addApp(app);
    if (server !== undefined) this.#servers.add(server);
  }

  /**
   * Takes a request for an upgrade that ends in one of our paths.
   *
   * @returns false for any other, which is left alone.
   */
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const { websocket, telephone } = this.#host.routes;
    const kind: SocketKind | null =
      websocket && /\/websocket\/offer\/?$/i.test(path)
        ? 'websocket'
        : telephone !== null && /\/telephone\/handler\/?$/i.test(path)
          ? 'telephone'
          : null;
    if (kind === null) return false;
    void openSocket(kind, request, { socket, head }, this.#parts);
    return true;
  }

  /** Ends what is open still, and lets go of servers. */
  async close(): Promise<void> {
    this.#servers.close();
    await this.#gate.close();
  }

  #router(mayBeForeignRoot: boolean): Router {
    const host = this.#host;
    const access = this.#access;
    const { routes } = host;
    const router = express.Router();
    router.use((request, _response, next) => {
      this.#servers.learnFrom(request);
      next();
    });
    this.#addSockets(router);
    const { checkOrigin } = access;
    const post = (path: string, handlers: express.RequestHandler[]): void => {
      router.all(path, checkOrigin);
      router.post(path, ...handlers);
      router.all(path, allowMethods('POST'));
    };
    const get = (path: string, ...handlers: express.RequestHandler[]): void => {
      router.all(path, checkOrigin);
      router.get(path, ...handlers);
      router.all(path, allowMethods('GET', 'HEAD'));
    };
    post('/webrtc/offer', offerHandlers(host, access));
    if (routes.inputHook !== null) post(routes.inputHook, inputHandlers(host, access));
    if (routes.triggerResponse !== null) {
      post(routes.triggerResponse, triggerHandlers(host, access));
    }
    if (routes.outputs !== null) get(routes.outputs, outputsHandler(host, access, this.#readers));
    if (routes.configuration) {
      get('/webrtc/configuration', configurationHandler(host, access));
    }
    addPage(router, { host, access, mayBeForeignRoot });
    router.use(errorResponder(host.logger));
    return router;
  }

  #addSockets(router: Router): void {
    const host = this.#host;
    const { websocket, telephone } = host.routes;
    if (websocket) {
      router.get('/websocket/offer', socketHandler('websocket', this.#parts));
      router.all('/websocket/offer', allowMethods('GET'));
    }
    if (telephone === null) return;
    router.get('/telephone/handler', socketHandler('telephone', this.#parts));
    router.all('/telephone/handler', allowMethods('GET'));
    router.post('/telephone/incoming', incomingCallHandlers(host, this.#access, telephone));
    router.all('/telephone/incoming', allowMethods('POST'));
  }
}
