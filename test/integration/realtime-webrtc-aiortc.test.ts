import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { requirePeer } from '../support/peer-programs.js';
import {
  EchoBothHandler,
  EchoHandler,
  flipAndGray,
  openDesk,
  serveDesk,
} from '../support/realtime-desk.js';
import type { DeskStream } from '../support/realtime-desk.js';

const script = fileURLToPath(new URL('../support/aiortc_client.py', import.meta.url));

type Event = { event: string } & Record<string, unknown>;

/** Runs the client to its end; gives what it printed. */
async function visit(stream: DeskStream, ...args: string[]): Promise<Event[]> {
  const server = await serveDesk(stream.desk);
  const child = spawn(requirePeer('aiortc'), [script, server.url, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: Event[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as Event);
  });
  await once(child, 'close');
  server.close();
  expect(events.at(-1)?.event).toBe('end');
  await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(0));
  return events;
}

const find = (events: Event[], name: string): Event | undefined =>
  events.find(({ event }) => event === name);

function expectTone(events: Event[]): void {
  const { at440, at660 } = find(events, 'sound') as unknown as { at440: number; at660: number };
  expect(at440).toBeGreaterThan(6500);
  expect(at440).toBeLessThan(9500);
  expect(at660).toBeLessThan(500);
}

describe('aiortc as a client', () => {
  it.each([[[]], [['--no-channel']]])('hears itself %o', async (args) => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const events = await visit(stream, '--audio', 'sendrecv', ...args);
    expectTone(events);
    const messages = events.filter(({ event }) => event === 'message');
    expect(messages.length > 0).toBe(args.length === 0);
  });

  it.each(['VP8', 'H264'])('sees itself turned and gray in %s', async (codec) => {
    await using stream = openDesk({ handler: flipAndGray });
    const events = await visit(stream, '--video', 'sendrecv', '--codec', codec);
    const pictures = find(events, 'pictures') as unknown as {
      size: number[];
      left: number[];
      right: number[];
    };
    expect(pictures.size).toEqual([320, 240]);
    for (const value of pictures.left) expect(Math.abs(value - 0.114 * 220)).toBeLessThan(10);
    for (const value of pictures.right) expect(Math.abs(value - 0.299 * 220)).toBeLessThan(10);
  });

  it('hears and sees itself', async () => {
    const modality = 'audio-video';
    await using stream = openDesk({ handler: new EchoBothHandler(), modality });
    const events = await visit(stream, '--audio', 'sendrecv', '--video', 'sendrecv');
    expectTone(events);
    const { left } = find(events, 'pictures') as unknown as { left: number[] };
    expect([left[0]! > 150, left[2]! < 60]).toEqual([true, true]);
  });
});
