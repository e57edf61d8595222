import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { silentLogger } from '../../src/logger.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { MediaPeer } from '../../src/rtc/media-peer.js';
import { readMediaOffer } from '../../src/rtc/read-media-offer.js';
import { serveWeb } from './web-server.js';
import type { WebServer } from './web-server.js';

/** A server of one page whose `/webrtc/offer` sends pictures, sound and text back as they came, nothing decoded. */
export interface EchoServer extends WebServer {
  /** Everybody who called. */
  readonly peers: MediaPeer[];
}

const page = readFileSync(new URL('../fixtures/echo-page.html', import.meta.url));

/** Starts it; `close()` it. */
export async function serveEcho(codecs: readonly ReceivableCodecName[]): Promise<EchoServer> {
  const peers: MediaPeer[] = [];
  const both = { send: true, receive: true };
  const wishes = { audio: both, video: { ...both, codecs }, allowExtraTracks: false };
  const answer = async (body: string): Promise<string> => {
    const { type, sdp } = JSON.parse(body) as { type: string; sdp: string };
    const peer = await MediaPeer.accept(readMediaOffer({ type, sdp }, wishes), {
      streamName: 'echo',
      logger: silentLogger,
    });
    peers.push(peer);
    echo(peer);
    return JSON.stringify(peer.answer);
  };
  const server = await serveWeb((request, response) => {
    response.setHeader(
      'content-type',
      request.method === 'POST' ? 'application/json' : 'text/html',
    );
    if (request.method !== 'POST') response.end(page);
    else
      void text(request)
        .then(answer)
        .then((reply) => response.end(reply));
  });
  return {
    ...server,
    peers,
    close: async () => {
      await server.close();
      await Promise.all(peers.map((peer) => peer.close()));
    },
  };
}

function echo(peer: MediaPeer): void {
  const packetizer = createPacketizer(peer.codec ?? 'vp8');
  peer.on('video', (chunk) => peer.writeVideo(packetizer.packetize(chunk)));
  peer.on('audio', (chunk) => peer.writeAudio(chunk));
  peer.on('keyframerequest', () => peer.requestKeyFrame());
  peer.on('message', (data) => peer.sendText(`Server received: ${String(data)}`));
}
