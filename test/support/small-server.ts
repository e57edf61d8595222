import { afterAll, beforeAll } from 'vitest';
import { createServer } from '../../src/index.js';
import type { Server } from '../../src/index.js';
import { silentLogger } from '../../src/logger.js';
import { fixtureDirectory } from '../fixtures/make.js';
import type { BadLink } from './bad-link.js';
import { postOffer } from './werift-viewer.js';
import type { Signal } from './werift-viewer.js';

/** A server of small pictures, and the way to it. */
export interface SmallServer {
  /** There while tests run. */
  readonly server: Server;
  /** Posts an offer to it. */
  readonly signal: Signal;
  /** Posts an offer to it, and has both sides send through the link. */
  readonly through: (link: BadLink) => Signal;
}

/** Serves 320 x 180 as VP8 at 0.5 Mbit/s to all tests of the file. */
export function serveSmallPictures(): SmallServer {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await createServer({
      source: 'testsrc=size=320x180',
      codecs: ['vp8'],
      bitrate: 500_000,
      customDataLocation: fixtureDirectory(),
      logger: silentLogger,
    });
    await server.listen({ port: 0 });
  });
  afterAll(() => server?.close());
  const running = (): Server => {
    if (server === undefined) throw new Error('there is no server before the tests run');
    return server;
  };
  const signal: Signal = (offer) => postOffer(`${running().url}offer`)(offer);
  return {
    get server() {
      return running();
    },
    signal,
    through: (link) => async (offer) => {
      const answer = await signal({ ...offer, sdp: link.hideViewer(offer.sdp) });
      return { ...answer, sdp: link.answerThrough(answer.sdp) };
    },
  };
}
