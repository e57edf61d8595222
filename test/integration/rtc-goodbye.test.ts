import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { DtlsLink } from '../../src/rtc/dtls-link.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { serveOffers, watch } from '../support/aiortc-viewer.js';

/** Sockets and timers of this process. */
function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => /UDP|Timeout/.test(name)).length;
}

/** aiortc takes only what is new, as browsers do; werift takes everything. */
describe('a viewer that drops replays', () => {
  it.each([
    [1, 'actpass'],
    [2, 'actpass'],
    [3, 'actpass'],
    [10, 'actpass'],
    [3, 'passive'],
  ])('loses none of %i messages, nor the goodbye (%s)', async (count, setup) => {
    let session: PeerSession | undefined;
    let open = false;
    const server = await serveOffers(
      'vp8',
      (accepted) => {
        session = accepted;
        accepted.once('message', () => {
          open = true;
        });
      },
      (sdp) => sdp.replaceAll('actpass', setup),
    );
    const { child, events } = watch(server.url, '--channel', 'x', '--frames', '0', '--stay');
    const exited = once(child, 'exit');
    await vi.waitFor(() => expect(open).toBe(true), { timeout: 15_000 });
    for (let i = 1; i <= count; i++) {
      session?.sendMessage(i);
      await vi.waitFor(
        () => expect(events.filter(({ event }) => event === 'message')).toHaveLength(i),
        { timeout: 10_000 },
      );
    }
    await session?.close();
    // It leaves when it has heard the goodbye, and fails without.
    expect(await exited).toEqual([0, null]);
    // What is dropped is sent again a second later; here nothing was.
    const end = events.at(-1);
    expect(end?.['records']).toBeGreaterThan(count);
    expect(end?.['accepted']).toBe(end?.['records']);
    server.close();
  });
});

describe('closing', () => {
  it.each(['actpass', 'passive'])(
    'right after the handshake leaves no timer (%s)',
    async (setup) => {
      let session: PeerSession | undefined;
      const server = await serveOffers(
        'vp8',
        (accepted) => {
          session = accepted;
        },
        (sdp) => sdp.replaceAll('actpass', setup),
      );
      const before = resources();
      const { child } = watch(server.url, '--frames', '0', '--stay');
      const exited = once(child, 'exit');
      const closed = new Promise<number>((resolve) => {
        const poll = setInterval(() => {
          if (session?.connectionState !== 'connected') return;
          clearInterval(poll);
          void session.close().then(() => resolve(resources()));
        }, 5);
      });
      expect(await closed).toBeLessThanOrEqual(before);
      expect(await exited).toEqual([0, null]);
      server.close();
    },
  );

  it.each(['actpass', 'passive'])('before the handshake leaves no timer (%s)', async (setup) => {
    const start = vi.spyOn(DtlsLink.prototype, 'start');
    let session: PeerSession | undefined;
    const server = await serveOffers(
      'vp8',
      (accepted) => {
        session = accepted;
      },
      (sdp) => sdp.replaceAll('actpass', setup),
    );
    const before = resources();
    const { child } = watch(server.url, '--frames', '0', '--stay');
    await vi.waitFor(() => expect(start).toHaveBeenCalled(), { timeout: 15_000, interval: 5 });
    await session?.close();
    expect(resources()).toBeLessThanOrEqual(before);
    start.mockRestore();
    child.kill('SIGKILL');
    await once(child, 'exit');
    server.close();
  });
});
