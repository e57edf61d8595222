import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { acceptOffer } from './peer-pair.js';
import { requirePeer } from './peer-programs.js';

const script = fileURLToPath(new URL('./aiortc_viewer.py', import.meta.url));

/** One line of what the viewer prints. */
export interface ViewerEvent {
  event: 'answer' | 'state' | 'frame' | 'message' | 'end';
  [field: string]: unknown;
}

/** A server with nothing but `/offer`. */
export async function serveOffers(
  codec: ReceivableCodecName,
  onSession: (session: PeerSession) => void,
  editOffer: (sdp: string) => string = (sdp) => sdp,
): Promise<{ url: string; close: () => void }> {
  const accept = acceptOffer([codec], {}, onSession);
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => {
        const { sdp } = JSON.parse(body) as { sdp: string };
        return accept({ type: 'offer', sdp: editOffer(sdp) });
      })
      .then((answer) => response.end(JSON.stringify(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/offer`, close: () => server.close() };
}

/** Starts the viewer in a process of its own. */
export function watch(
  url: string,
  ...args: string[]
): { child: ChildProcess; events: ViewerEvent[] } {
  const events: ViewerEvent[] = [];
  const child = spawn(requirePeer('aiortc'), [script, url, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as ViewerEvent);
  });
  return { child, events };
}
