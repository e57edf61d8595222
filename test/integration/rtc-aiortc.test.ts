import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { serveOffers, watch } from '../support/aiortc-viewer.js';
import { LiveChunks } from '../support/live-chunks.js';
import { closeReason } from '../support/peer-pair.js';

describe.each(['vp8', 'h264'] as const)('aiortc and %s', (codec) => {
  it('plays, exchanges messages, and leaves', async () => {
    await using live = await LiveChunks.start(codec);
    const sessions: PeerSession[] = [];
    const server = await serveOffers(codec, (session) => {
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
    const server = await serveOffers('vp8', (session) => {
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
    const server = await serveOffers('vp8', (accepted) => {
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
