import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BadLink } from '../../support/bad-link.js';
import type { LinkConditions } from '../../support/bad-link.js';

interface Ends {
  link: BadLink;
  server: Socket;
  viewer: Socket;
  /** What came to the viewer. */
  got: { number: number; atMs: number }[];
  send: (count: number, bytes?: number) => void;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket;
}

async function openLink(down: LinkConditions): Promise<Ends> {
  const [server, viewer, link] = await Promise.all([bound(), bound(), BadLink.open()]);
  onTestFinished(() => link.close());
  const answer = link.answerThrough(
    `a=candidate:1 1 udp 1 192.0.2.1 ${server.address().port} typ host\r\n`,
  );
  const port = Number(/127\.0\.0\.1 (\d+)/.exec(answer)?.[1]);
  const hello = once(server, 'message');
  viewer.send('hello', port, '127.0.0.1');
  const [, from] = (await hello) as [Buffer, { port: number }];
  link.set({ down });
  const got: Ends['got'] = [];
  viewer.on('message', (data) => {
    got.push({ number: data.readUInt32BE(0), atMs: performance.now() });
  });
  let number = 0;
  const send = (count: number, bytes = 100): void => {
    for (let i = 0; i < count; i++) {
      const data = Buffer.alloc(bytes);
      data.writeUInt32BE(number++);
      server.send(data, from.port, '127.0.0.1');
    }
  };
  return { link, server, viewer, got, send };
}

describe('BadLink', () => {
  it('hands on all packets in order when nothing is asked of it', async () => {
    const { got, send } = await openLink({});
    send(200);
    await expect.poll(() => got.length).toBe(200);
    expect(got.map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it('loses the share it is told, in bursts of the length it is told', async () => {
    const { link, got, send } = await openLink({ loss: 0.1, burst: 4 });
    for (let i = 0; i < 20; i++) {
      send(200);
      await expect.poll(() => link.down.packets).toBe((i + 1) * 200);
    }
    await expect.poll(() => got.length + link.down.lost).toBe(4000);
    expect(link.down.lost / 4000).toBeGreaterThan(0.05);
    expect(link.down.lost / 4000).toBeLessThan(0.2);
    const gaps = got.filter(({ number }, i) => number - (got[i - 1]?.number ?? -1) > 1).length;
    expect(link.down.lost / gaps).toBeGreaterThan(2);
  });

  it('delays, and keeps the order under jitter', async () => {
    const { got, send } = await openLink({ delayMs: 60, jitterMs: 30 });
    const sentAt = performance.now();
    send(50);
    await expect.poll(() => got.length).toBe(50);
    expect((got[0]?.atMs ?? 0) - sentAt).toBeGreaterThanOrEqual(58);
    expect(got.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('reorders and repeats', async () => {
    const { link, got, send } = await openLink({ reorder: 0.2, duplicate: 0.2 });
    send(200);
    await expect.poll(() => got.length === 200 + link.down.duplicated).toBe(true);
    expect(link.down.duplicated).toBeGreaterThan(10);
    expect(got.some(({ number }, i) => number < (got[i - 1]?.number ?? 0))).toBe(true);
  });

  it('lets through what its rate allows, and drops what its queue does not hold', async () => {
    const { link, got, send } = await openLink({ bitrate: 1_000_000, queueMs: 100 });
    send(100, 972);
    await expect.poll(() => got.length + link.down.overflowed).toBe(100);
    // 8 ms a packet: what was on its way, and a tenth of a second.
    expect(got.length).toBeGreaterThanOrEqual(12);
    expect(got.length).toBeLessThanOrEqual(20);
  });

  it('loses all while it is cut, and nothing afterwards', async () => {
    const { link, got, send } = await openLink({});
    link.cut(200);
    send(10);
    await expect.poll(() => link.down.lost).toBe(10);
    await expect
      .poll(() => {
        send(1);
        return got.length;
      })
      .toBeGreaterThan(0);
    const [{ lost }, arrived] = [link.down, got.length];
    send(20);
    await expect.poll(() => got.length).toBeGreaterThanOrEqual(arrived + 20);
    expect(link.down.lost).toBe(lost);
  });

  it('hides the addresses of a viewer', async () => {
    const { link } = await openLink({});
    const sdp =
      'v=0\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\na=end-of-candidates\r\na=mid:0\r\n';
    expect(link.hideViewer(sdp)).toBe('v=0\r\na=mid:0\r\n');
  });
});
