import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { serveEcho } from '../support/echo-server.js';
import { requirePeer } from '../support/peer-programs.js';

const script = fileURLToPath(new URL('../support/aiortc_client.py', import.meta.url));

type Event = Record<string, unknown>;

/** Runs aiortc to its end and gives what it said. */
async function run(url: string, ...args: string[]): Promise<Map<unknown, Event>> {
  const events = new Map<unknown, Event>();
  const child = spawn(requirePeer('aiortc'), [script, url, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as Event;
    events.set(event['event'], event);
  });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  return events;
}

it.each([
  ['vp8', 'VP8'],
  ['h264', 'H264'],
] as const)('aiortc gets its own picture and tone back, %s', async (codec, name) => {
  const server = await serveEcho([codec]);
  try {
    const events = await run(
      `${server.origin}/webrtc/offer`,
      '--audio=sendrecv',
      '--video=sendrecv',
      `--codec=${name}`,
    );
    const pictures = events.get('pictures') as { left: number[]; right: number[] };
    expect(pictures).toMatchObject({ size: [320, 240] });
    expect(pictures.left[0]).toBeGreaterThan(180);
    expect(pictures.left[2]).toBeLessThan(60);
    expect(pictures.right[0]).toBeLessThan(60);
    expect(pictures.right[2]).toBeGreaterThan(180);
    const sound = events.get('sound') as { at440: number; at660: number };
    expect(sound.at440).toBeGreaterThan(6000);
    expect(sound.at660).toBeLessThan(400);
    expect(events.get('message')).toMatchObject({ text: 'Server received: handshake' });
    // It says goodbye.
    await vi.waitFor(() => expect(server.peers[0]?.connectionState).toBe('closed'));
    expect(server.peers[0]?.stats()).toMatchObject({
      receivedVideo: { framesLost: 0 },
      receivedAudio: { framesLost: 0 },
    });
  } finally {
    await server.close();
  }
});
