import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { LiveChunks } from '../support/live-chunks.js';
import { acceptOffer, closeReason } from '../support/peer-pair.js';
import { requirePeer } from '../support/peer-programs.js';

const script = fileURLToPath(new URL('../support/aiortc_viewer.py', import.meta.url));

interface ViewerEvent {
  event: 'answer' | 'state' | 'frame' | 'message' | 'end';
  [field: string]: unknown;
}

/** A server with nothing but `/offer`. */
async function serve(
  codec: VideoCodecName,
  onSession: (session: PeerSession) => void,
): Promise<{ url: string; close: () => void }> {
  const accept = acceptOffer([codec], {}, onSession);
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => accept(JSON.parse(body) as never))
      .then((answer) => response.end(JSON.stringify(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/offer`, close: () => server.close() };
}

function watch(url: string, ...args: string[]): { child: ChildProcess; events: ViewerEvent[] } {
  const events: ViewerEvent[] = [];
  const child = spawn(requirePeer('aiortc'), [script, url, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as ViewerEvent);
  });
  return { child, events };
}

describe.each(['vp8', 'h264'] as const)('aiortc and %s', (codec) => {
  it('plays, exchanges messages, and leaves', async () => {
    await using live = await LiveChunks.start(codec);
    const sessions: PeerSession[] = [];
    const server = await serve(codec, (session) => {
      sessions.push(session);
      live.add(session);
      session.on('message', (value) => {
        session.sendMessage({ echo: value });
      });
    });
    const name = codec.toUpperCase();
    const { child, events } = watch(
      server.url,
      '--codec',
      name,
      '--channel',
      'x',
      '--frames',
      '20',
    );
    await once(child, 'exit');
    server.close();
    const frames = events.filter(({ event }) => event === 'frame');
    expect(frames).toHaveLength(20);
    expect(frames[0]).toMatchObject({ width: 320, height: 180, key: true });
    const messages = events.filter(({ event }) => event === 'message');
    expect(
      messages.map((message) => JSON.parse(String(message['text'])) as unknown),
    ).toContainEqual({
      echo: { hello: 'aiortc' },
    });
    // Its goodbye is encrypted with a random nonce, which werift alone takes for anything.
    await vi.waitFor(() => expect(sessions[0]?.connectionState).toBe('closed'));
  });
});

describe('aiortc', () => {
  it.each([
    ['audio,video', 'x'],
    ['video,audio', 'x'],
    ['audio,video', null],
    ['video,video', null],
    ['audio,audio,video,video', 'x'],
  ])('plays in an offer of %s and the data channel %o', async (sections, channel) => {
    await using live = await LiveChunks.start('vp8');
    const sessions: PeerSession[] = [];
    const server = await serve('vp8', (session) => {
      sessions.push(session);
      live.add(session);
    });
    const more = channel === null ? [] : ['--channel', channel];
    const { child, events } = watch(server.url, '--sections', sections, '--frames', '5', ...more);
    await once(child, 'exit');
    server.close();
    expect(events.filter(({ event }) => event === 'frame')).toHaveLength(5);
    await vi.waitFor(() => expect(sessions[0]?.connectionState).toBe('closed'));
  });

  it('that is killed is noticed within 10 s, and not before it is', async () => {
    await using live = await LiveChunks.start('vp8');
    let session: PeerSession | undefined;
    const server = await serve('vp8', (accepted) => {
      session = accepted;
      live.add(accepted);
    });
    const { child, events } = watch(server.url, '--codec', 'VP8', '--frames', '10', '--idle', '60');
    await vi.waitFor(
      () => expect(events.filter(({ event }) => event === 'frame')).toHaveLength(10),
      { timeout: 15_000 },
    );
    expect(session?.connectionState).toBe('connected');
    const reason = closeReason(session!);
    child.kill('SIGKILL');
    expect(await reason).toBe('peer-lost');
    server.close();
  });
});
