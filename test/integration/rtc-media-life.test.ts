import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { MediaPeer } from '../../src/rtc/media-peer.js';
import type { MediaPeerOptions } from '../../src/rtc/media-peer-types.js';
import { readMediaOffer } from '../../src/rtc/read-media-offer.js';
import { MediaCaller } from '../support/media-caller.js';
import { fixtureOffer } from '../support/offers.js';
import { watchTimers } from '../support/open-timers.js';

const both = { send: true, receive: true };
const wishes = {
  audio: both,
  video: { ...both, codecs: ['vp8' as const] },
  allowExtraTracks: false,
};

/** A peer that nobody connects to. */
function unattended(options: Partial<MediaPeerOptions> = {}): Promise<MediaPeer> {
  const offer = readMediaOffer({ type: 'offer', sdp: fixtureOffer('aiortc-camera') }, wishes);
  return MediaPeer.accept(offer, { streamName: 'test', logger: silentLogger, ...options });
}

function closeReason(peer: MediaPeer): Promise<string> {
  return new Promise((resolve) => {
    peer.once('close', resolve);
  });
}

function sockets(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap');
}

/** Proves that sound still gets there and back. */
async function expectEcho(caller: MediaCaller): Promise<void> {
  const word = randomBytes(4).toString('hex');
  await caller.waitFor(() => {
    caller.sendSound(word);
    return caller.sounds.some(({ payload }) => payload === word);
  }, 'an echo');
}

function echoSound(peer: MediaPeer): void {
  peer.on('audio', (chunk) => peer.writeAudio(chunk));
}

describe('a peer', () => {
  it('answers with all candidates, under its own name', async () => {
    await using peer = await unattended({ id: 'me', announcedAddresses: ['192.0.2.99'] });
    expect(peer.id).toBe('me');
    expect(peer.connectionState).toBe('connecting');
    expect(peer.answer.type).toBe('answer');
    expect(peer.answer.sdp).toMatch(/^a=candidate:.*192\.0\.2\.99/m);
    expect(peer.answer.sdp).toContain('a=end-of-candidates');
    expect(peer.stats()).toMatchObject({ roundTripMs: null, messagesSent: 0 });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a bitrate of %d',
    async (maxReceiveBitrate) => {
      await expect(unattended({ maxReceiveBitrate })).rejects.toThrow(RangeError);
    },
  );

  it('refuses addresses that are none, and gives up when told so, without a trace', async () => {
    const before = sockets().length;
    await expect(unattended({ announcedAddresses: ['nowhere'] })).rejects.toThrow(TypeError);
    const reason = new Error('enough');
    await expect(unattended({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await vi.waitFor(() => expect(sockets().length).toBeLessThanOrEqual(before));
  });

  it('closes twice, tells once, and does nothing afterwards', async () => {
    const peer = await unattended();
    const close = vi.fn();
    peer.on('close', close);
    await Promise.all([peer.close('enough'), peer.close()]);
    expect(close.mock.calls).toEqual([['enough']]);
    expect(peer.connectionState).toBe('closed');
    peer.writeAudio(new EncodedAudioChunk({ timestamp: 0, data: Buffer.alloc(1) }));
    const chunk = new EncodedVideoChunk({ type: 'key', timestamp: 0, data: Buffer.alloc(1) });
    peer.writeVideo({ chunk, payloads: [Buffer.alloc(1)] });
    peer.requestKeyFrame();
    peer.addIceCandidate(null);
    expect(peer.sendText('x')).toBe(false);
    expect(await peer.isAlive(1000)).toBe(false);
  });

  it('leaves no socket and no timer', async () => {
    const timers = watchTimers(/\/(rtc|werift)\//);
    const before = sockets().length;
    const call = await MediaCaller.call({
      audio: 'sendrecv',
      video: 'sendrecv',
      channel: 'text',
      onPeer: echoSound,
    });
    const { caller, peer } = call;
    caller.sendPicture('key');
    // Leaves gaps, which are being waited for.
    caller.skip();
    caller.sendPicture('delta');
    caller.sendSound('x');
    await caller.waitFor(() => (peer.stats().receivedVideo?.packetsAskedFor ?? 0) > 0, 'a gap');
    void peer.isAlive(60_000);
    await call[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(timers.open()).toEqual([]), { timeout: 10_000 });
    timers.close();
    await vi.waitFor(() => expect(sockets().length).toBeLessThanOrEqual(before));
  });
});

describe('its end', () => {
  it('comes when the other says goodbye, and is told to the other', async () => {
    await using call = await MediaCaller.call({ audio: 'sendrecv' });
    const reason = closeReason(call.peer);
    await call.caller.close();
    expect(await reason).toBe('peer-closed');

    await using again = await MediaCaller.call({ audio: 'sendrecv' });
    await again.peer.close();
    await again.caller.waitFor(() => again.caller.ended, 'the goodbye');
  });

  it('comes within 10 s when the other vanishes, and is foreseen by asking', async () => {
    await using call = await MediaCaller.call({ audio: 'sendrecv', video: 'sendrecv' });
    const { caller, peer } = call;
    expect(await peer.isAlive(2000)).toBe(true);
    const reason = closeReason(peer);
    const start = performance.now();
    await caller.vanish();
    expect(await peer.isAlive(500)).toBe(false);
    expect(await reason).toBe('peer-lost');
    expect(performance.now() - start).toBeLessThan(10_500);
  }, 20_000);

  it('is not caused by listeners that throw', async () => {
    await using call = await MediaCaller.call({ audio: 'sendrecv', onPeer: echoSound });
    const { caller, peer } = call;
    const fail = (): never => {
      throw new Error('listener');
    };
    peer.on('audio', fail);
    peer.on('message', fail);
    await expectEcho(caller);
    expect(peer.connectionState).toBe('connected');
  });

  it('may come from within any event', async () => {
    await using call = await MediaCaller.call({
      audio: 'sendrecv',
      video: 'sendrecv',
      onPeer: (peer) => {
        peer.on('video', () => void peer.close('from within'));
      },
    });
    const reason = closeReason(call.peer);
    call.caller.sendPicture('key');
    call.caller.sendPicture('delta');
    expect(await reason).toBe('from within');
  });
});

describe('a peer is not disturbed', () => {
  it("by RTP that is malformed, a stranger's, or not negotiated", async () => {
    await using call = await MediaCaller.call({
      audio: 'sendrecv',
      video: 'sendrecv',
      onPeer: echoSound,
    });
    const { caller, peer } = call;
    await expectEcho(caller);
    const types = [...caller.answer.matchAll(/^a=rtpmap:(\d+)/gm)].map(([, type]) => Number(type));
    for (let round = 0; round < 400; round++) {
      const payload = randomBytes(round % 60);
      const fields = {
        payloadType: round % 5 === 0 ? round % 128 : types[round % types.length],
        sequenceNumber: randomBytes(2).readUInt16BE(0),
        timestamp: randomBytes(4).readUInt32BE(0),
        ssrc: round % 3 === 0 ? 4711 : randomBytes(4).readUInt32BE(0),
        marker: round % 2 === 0,
        padding: round % 7 === 0,
      };
      await caller.sendRtp({ ...fields, payloadType: fields.payloadType ?? 0 }, payload);
    }
    await expectEcho(caller);
    expect(peer.connectionState).toBe('connected');
  });

  it('by RTP in its own name with gaps and times from anywhere', async () => {
    const pictures = vi.fn();
    await using call = await MediaCaller.call({
      video: 'sendrecv',
      onPeer: (peer) => peer.on('video', pictures),
    });
    const { caller } = call;
    caller.sendPicture('key');
    await caller.waitFor(() => pictures.mock.calls.length === 1, 'a picture');
    for (let round = 0; round < 60; round++) {
      caller.skip(round * 7);
      caller.sendPicture('delta', 40);
    }
    await caller.waitFor(() => {
      caller.sendPicture('key');
      return pictures.mock.calls.length > 3;
    }, 'pictures');
    expect(call.peer.connectionState).toBe('connected');
  });

  it('by RTCP that is malformed', async () => {
    await using call = await MediaCaller.call({
      audio: 'sendrecv',
      video: 'sendrecv',
      onPeer: echoSound,
    });
    for (const type of [200, 201, 202, 203, 204, 205, 206, 207]) {
      for (const count of [0, 1, 4, 15, 31]) {
        for (const words of [0, 1, 2, 5, 200]) {
          const body = randomBytes(4 * Math.min(words, 20) + 4);
          const header = Buffer.from([0x80 | count, type, words >> 8, words & 0xff]);
          await call.caller.sendRtcp(Buffer.concat([header, body]));
        }
      }
    }
    await expectEcho(call.caller);
  });

  it('by messages of every size and kind', async () => {
    const got: (string | Buffer)[] = [];
    await using call = await MediaCaller.call({
      channel: 'text',
      onPeer: (peer) => peer.on('message', (data) => got.push(data)),
    });
    const { caller, peer } = call;
    await caller.waitFor(() => caller.channel?.readyState === 'open', 'the channel');
    for (const data of ['null', '\0', '漢'.repeat(1000), Buffer.alloc(60_000)]) {
      caller.channel?.send(data);
    }
    caller.channel?.send('the last');
    await caller.waitFor(() => got.at(-1) === 'the last', 'the messages');
    expect(got).toHaveLength(5);
    // What does not go out is not kept without end.
    const text = 'x'.repeat(60_000);
    // At once: what the network takes meanwhile makes room.
    const taken = Array.from({ length: 20 }, () => peer.sendText(text));
    expect(taken).toContain(false);
    expect(peer.stats().messagesDropped).toBeGreaterThan(0);
  });
});
