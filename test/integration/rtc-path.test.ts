import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { PeerSession } from '../../src/rtc/peer-session.js';
import { readOffer } from '../../src/rtc/read-offer.js';
import { LightViewer } from '../support/light-viewer.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A router between viewer and server that gives the viewer another port when told. */
async function openRouter(): Promise<{
  port: number;
  serverPort: number;
  rebind: () => Promise<void>;
}> {
  const front = await open();
  const sockets = [front];
  closers.push(async () => {
    for (const socket of sockets) socket.removeAllListeners();
    for (const socket of sockets) await new Promise<void>((done) => socket.close(() => done()));
  });
  let viewer: RemoteInfo | null = null;
  const router = { port: front.address().port, serverPort: 0, rebind };
  let back: Socket;
  async function rebind(): Promise<void> {
    const socket = await open();
    sockets.push(socket);
    back = socket;
    socket.on('message', (data) => {
      // The old mapping is gone.
      if (socket === back && viewer !== null) front.send(data, viewer.port, viewer.address);
    });
  }
  await rebind();
  front.on('message', (data, from) => {
    viewer = from;
    back.send(data, router.serverPort, '127.0.0.1');
  });
  return router;
}

/** A picture of three packets every 33 ms. */
function show(session: PeerSession): void {
  let index = 0;
  const timer = setInterval(() => {
    const type = index % 30 === 0 ? 'key' : 'delta';
    const timestamp = index * 33_333;
    index += 1;
    session.write({
      chunk: new EncodedVideoChunk({ type, timestamp, data: Buffer.alloc(1) }),
      payloads: [Buffer.alloc(900), Buffer.alloc(900), Buffer.alloc(300)],
    });
  }, 33);
  closers.push(() => clearInterval(timer));
}

describe('the path to a viewer', () => {
  it(
    'is followed when the viewer comes from another port, long after it was found',
    { timeout: 60_000 },
    async () => {
      const router = await openRouter();
      let session: PeerSession | undefined;
      const viewer = await LightViewer.connect(async ({ type, sdp }) => {
        const hidden = sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
        const offer = readOffer({ type, sdp: hidden }, { codecs: ['vp8'] });
        session = await PeerSession.accept(offer, { streamName: 'test', logger: silentLogger });
        const own = /^a=candidate:\S+ 1 udp \d+ (?!\S*:)\S+ (\d+) typ host/im.exec(
          session.answer.sdp,
        );
        router.serverPort = Number(own?.[1]);
        let first = true;
        const through = session.answer.sdp.replace(/^a=candidate:.*\r\n/gm, () => {
          const line = first
            ? `a=candidate:1 1 udp 2130706431 127.0.0.1 ${router.port} typ host\r\n`
            : '';
          first = false;
          return line;
        });
        return { type: 'answer', sdp: through };
      });
      closers.push(() => viewer.close());
      closers.push(() => session?.close());
      show(session as PeerSession);
      await viewer.waitForFrames(100, 40_000);
      await router.rebind();
      const before = viewer.frames;
      await vi.waitFor(() => expect(viewer.frames).toBeGreaterThan(before + 60), {
        timeout: 20_000,
        interval: 50,
      });
      expect(session?.connectionState).toBe('connected');
      await viewer.waitForFrames(before + 150, 20_000);
      expect(session?.connectionState).toBe('connected');
    },
  );
});
