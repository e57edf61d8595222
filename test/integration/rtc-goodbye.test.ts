import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { DtlsLink } from '../../src/rtc/dtls-link.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { serveOffers, watch } from '../support/aiortc-viewer.js';
import { watchTimers } from '../support/open-timers.js';

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
  it.each(['actpass', 'passive'])('in mid-handshake leaves no timer (%s)', async (setup) => {
    const timers = watchTimers(/werift|src\/rtc/);
    const start = vi.spyOn(DtlsLink.prototype, 'start');
    let session: PeerSession | undefined;
    const server = await serveOffers(
      'vp8',
      (accepted) => {
        session = accepted;
      },
      (sdp) => sdp.replaceAll('actpass', setup),
    );
    const { child } = watch(server.url, '--frames', '0', '--stay');
    // It may have left by itself before it is killed.
    const exited = once(child, 'exit');
    await vi.waitFor(() => expect(start).toHaveBeenCalled(), { timeout: 15_000, interval: 5 });
    expect(timers.open()).not.toEqual([]);
    await session?.close();
    expect(timers.open()).toEqual([]);
    timers.close();
    start.mockRestore();
    child.kill('SIGKILL');
    await exited;
    server.close();
  });

  it.each(['actpass', 'passive'])('right after it leaves no timer (%s)', async (setup) => {
    const timers = watchTimers(/werift|src\/rtc/);
    let closing: Promise<void> | undefined;
    const server = await serveOffers(
      'vp8',
      (session) => {
        session.once('connected', () => {
          expect(timers.open()).not.toEqual([]);
          closing = session.close();
        });
      },
      (sdp) => sdp.replaceAll('actpass', setup),
    );
    const { child } = watch(server.url, '--frames', '0', '--stay');
    const exited = once(child, 'exit');
    await vi.waitFor(() => expect(closing).toBeDefined(), { timeout: 15_000, interval: 5 });
    await closing;
    expect(timers.open()).toEqual([]);
    timers.close();
    expect(await exited).toEqual([0, null]);
    server.close();
  });
});
