import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { RealtimeClient } from '../support/realtime-client.js';
import { RealtimeClientProcess } from '../support/realtime-client-process.js';
import {
  EchoBothHandler,
  EchoHandler,
  flipAndGray,
  openDesk,
  serveDesk,
} from '../support/realtime-desk.js';

const audio = { audio: 'sendrecv' } as const;
const failed = (error: string, more: object = {}): object => ({
  status: 'failed',
  meta: { error, ...more },
});

describe('trickled candidates', () => {
  it.each(['before', 'after'] as const)('that come %s the offer connect', async (trickle) => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    // A client that is silent until it hears us is found by its candidates alone.
    const options = { ...audio, trickle, silentFirst: true };
    await using client = await RealtimeClient.connect(stream.post, options);
    await client.waitFor(() => client.soundPackets > 10, 'sound');
    const expected = trickle === 'before' ? failed('unknown_connection') : { status: 'success' };
    expect(client.candidateReplies.length).toBeGreaterThan(1);
    for (const reply of client.candidateReplies) expect(reply).toEqual(expected);
  });

  it('are refused by name', async () => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const client = await RealtimeClient.connect(stream.post, { ...audio, id: 'a' });
    const trickle = (webrtc_id: string, candidate: unknown): Promise<unknown> =>
      stream.post({ webrtc_id, type: 'ice-candidate', candidate });
    const line = 'candidate:1 1 udp 2122260223 127.0.0.1 5000 typ host';
    expect(await trickle('a', { candidate: line, sdpMid: '0' })).toEqual({ status: 'success' });
    expect(await trickle('a', { candidate: line })).toEqual(
      failed('Candidate must have either sdpMid or sdpMLineIndex'),
    );
    expect(await trickle('a', { candidate: 'x', sdpMid: '0' })).toEqual(
      failed('invalid_candidate_format'),
    );
    expect(await trickle('b', { candidate: line, sdpMid: '0' })).toEqual(
      failed('unknown_connection'),
    );
    await client.close();
    await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(0));
    expect(await trickle('a', { candidate: line, sdpMid: '0' })).toEqual(
      failed('connection_closed'),
    );
  });
});

describe('places', () => {
  it('belong to the living: an id, and the limit', async () => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const client = await RealtimeClient.connect(stream.post, { ...audio, id: 'a' });
    const sdp = await RealtimeClient.offer(audio);
    const offer = (webrtc_id: string): Promise<unknown> =>
      stream.post({ webrtc_id, type: 'offer', sdp });
    expect(await offer('a')).toEqual(failed('connection_already_exists'));
    expect(await offer('b')).toEqual(failed('concurrency_limit_reached', { limit: 1 }));
    await client.close();
    await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(0), { timeout: 2000 });
    await using again = await RealtimeClient.connect(stream.post, { ...audio, id: 'a' });
    await again.waitFor(() => again.soundPackets > 5, 'sound');
  });

  it('go over to the same id when its peer is gone', async () => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const client = await RealtimeClient.connect(stream.post, { ...audio, id: 'a' });
    await client.vanish();
    await using again = await RealtimeClient.connect(stream.post, { ...audio, id: 'a' });
    await again.waitFor(() => again.soundPackets > 5, 'sound');
    expect(stream.core.connectionsCount).toBe(1);
  });

  it('are free within 10 s of kill -9', async () => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const server = await serveDesk(stream.desk);
    const client = await RealtimeClientProcess.start(server.url, audio);
    expect(stream.core.connectionsCount).toBe(1);
    await client.kill();
    // 8 s of silence, looked at once a second; the rest is for a busy machine.
    await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(0), { timeout: 12_000 });
    server.close();
  });

  it('are not taken by bad offers', async () => {
    await using stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const video = await RealtimeClient.offer({ video: 'sendrecv' });
    const bad: object[] = [
      { type: 'offer' },
      { type: 'offer', sdp: null },
      { type: 'offer', sdp: '' },
      { type: 'offer', sdp: 'garbage' },
      { type: 'offer', sdp: 'v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n' },
      { type: 'answer', sdp: video },
      { type: 'nonsense', sdp: video },
    ];
    for (let i = 0; i < 100; i++) {
      const reply = await stream.post({ webrtc_id: `bad${i}`, ...bad[i % bad.length] });
      expect(reply).toEqual(failed('invalid_offer', { message: expect.any(String) as string }));
    }
    expect(await stream.post({ webrtc_id: 'v', type: 'offer', sdp: video })).toEqual(
      failed('unsupported_track', { message: expect.stringContaining('video') as string }),
    );
    expect(stream.core.connectionsCount).toBe(0);
    await using client = await RealtimeClient.connect(stream.post, audio);
    await client.waitFor(() => client.soundPackets > 5, 'sound');
  });

  it('take an extra track where it is allowed', async () => {
    const options = { modality: 'audio', allowExtraTracks: true } as const;
    await using stream = openDesk({ handler: new EchoHandler(), ...options });
    const media = { ...audio, video: 'sendrecv' } as const;
    await using client = await RealtimeClient.connect(stream.post, media);
    await client.waitFor(() => client.soundPackets > 5, 'sound');
    expect(client.pictures).toBe(0);
  });

  it('are not held by a thousand offers that never connect', async () => {
    const modality = 'audio';
    await using stream = openDesk({ handler: new EchoHandler(), modality, concurrencyLimit: 10 });
    const sdp = await RealtimeClient.offer(audio);
    const replies = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        stream.post({ webrtc_id: `half${i}`, type: 'offer', sdp }),
      ),
    );
    expect(replies.filter((reply) => 'sdp' in (reply as object))).toHaveLength(10);
    expect(replies.at(-1)).toEqual(failed('concurrency_limit_reached', { limit: 10 }));
    let client: RealtimeClient | null = null;
    await vi.waitFor(
      async () => {
        client = await RealtimeClient.connect(stream.post, audio);
      },
      { timeout: 10_000, interval: 200 },
    );
    await client!.waitFor(() => client!.soundPackets > 5, 'sound');
    // Nothing was ever heard of the others.
    await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(1), { timeout: 15_000 });
    await client!.close();
  });
});

describe('the end', () => {
  it('comes with the stream, and says goodbye', async () => {
    const stream = openDesk({ handler: new EchoHandler(), modality: 'audio' });
    const client = await RealtimeClient.connect(stream.post, audio);
    await stream.core.close();
    await client.waitFor(() => client.ended, 'the goodbye');
    const body = { webrtc_id: 'x', type: 'offer', sdp: await RealtimeClient.offer(audio) };
    expect(await stream.post(body)).toMatchObject(failed('stream_closed'));
    await client.close();
  });

  it('may come in the middle of everything', async () => {
    for (let i = 0; i < 5; i++) {
      const stream = openDesk({ handler: flipAndGray });
      const client = await RealtimeClient.connect(stream.post, { video: 'sendrecv' });
      await client.waitFor(() => client.pictures >= i, 'pictures');
      await Promise.all([stream.core.close(), client.close()]);
      expect(stream.core.connectionsCount).toBe(0);
    }
  });

  it('leaves nothing of 50 connections', async () => {
    const modality = 'audio-video';
    await using stream = openDesk({
      handler: new EchoBothHandler(),
      modality,
      concurrencyLimit: 5,
    });
    const media = { ...audio, video: 'sendrecv', decode: false } as const;
    const visit = async (): Promise<void> => {
      const client = await RealtimeClient.connect(stream.post, media);
      await client.waitFor(() => client.pictures >= 3 && client.soundPackets >= 3, 'media');
      await client.close();
    };
    const settle = async (): Promise<{ files: number; rss: number }> => {
      await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(0));
      globalThis.gc?.();
      return { files: readdirSync('/proc/self/fd').length, rss: process.memoryUsage.rss() };
    };
    for (let i = 0; i < 10; i++) await visit();
    const before = await settle();
    for (let i = 0; i < 50; i++) await visit();
    await vi.waitFor(async () => expect((await settle()).files).toBeLessThanOrEqual(before.files));
    // A leaked coder is a MiB and more: 50 of them would show.
    expect((await settle()).rss - before.rss).toBeLessThan(40 * 2 ** 20);
  }, 60_000);
});
