import { describe, expect, it, vi } from 'vitest';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { receivableCodecNames } from '../../src/media/encoded-video-chunk.js';
import type { MediaPeer } from '../../src/rtc/media-peer.js';
import { parseCandidate } from '../../src/rtc/read-transport.js';
import { readRtcp } from '../../src/rtc/rtcp-reader.js';
import type { RtcpMessage } from '../../src/rtc/rtcp-reader.js';
import { MediaCaller } from '../support/media-caller.js';

/** Sends back what comes. */
function echo(peer: MediaPeer): void {
  const packetizer = createPacketizer(peer.codec ?? 'vp8');
  peer.on('video', (chunk) => peer.writeVideo(packetizer.packetize(chunk)));
  peer.on('audio', (chunk) => peer.writeAudio(chunk));
}

const count = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('pictures and sound', () => {
  it.each(receivableCodecNames)('come back as they went, %s', async (codec) => {
    await using call = await MediaCaller.call({
      codec,
      audio: 'sendrecv',
      video: 'sendrecv',
      onPeer: echo,
    });
    const { caller, peer } = call;
    expect(peer).toMatchObject({
      codec,
      sendsAudio: true,
      sendsVideo: true,
      receivesAudio: true,
      receivesVideo: true,
      heard: true,
    });
    caller.sendPicture('key', 30_000);
    for (let i = 0; i < 9; i++) {
      caller.sendPicture('delta');
      caller.sendSound(`piece ${i}`);
    }
    await caller.waitFor(() => caller.pictures.length >= 10, 'pictures');
    expect(caller.numbers).toEqual(count(10));
    expect(caller.pictures.map(({ key }) => key)).toEqual(count(10).map((i) => i === 0));
    await caller.waitFor(() => caller.sounds.length >= 9, 'sound');
    expect(caller.sounds.map(({ payload }) => payload)).toEqual(count(9).map((i) => `piece ${i}`));
    const start = caller.sounds[0]?.timestamp ?? 0;
    expect(caller.sounds.map(({ timestamp }) => timestamp - start)).toEqual(
      count(9).map((i) => i * 960),
    );
    expect(caller.sounds.map(({ marker }) => marker)).toEqual(count(9).map((i) => i === 0));
  });

  it.each([
    ['by RTX', true],
    ['as they were', false],
  ])('survive losses, sent again %s', async (_how, rtx) => {
    // Each 7th packet is lost, those sent again as well.
    let passed = 0;
    await using call = await MediaCaller.call({
      video: 'sendrecv',
      rtx,
      drop: () => passed++ % 7 === 3,
      onPeer: echo,
    });
    const { caller, peer } = call;
    caller.sendPicture('key', 20_000);
    for (let i = 1; i < 60; i++) {
      caller.sendPicture('delta', 4000);
      // A moment between pictures, as with a camera.
      await new Promise(setImmediate);
    }
    // The last packets are missed by nobody before others follow.
    await caller.waitFor(() => {
      if (caller.pictures.length < 60) caller.sendPicture('delta', 100);
      return caller.pictures.length >= 60;
    }, 'pictures');
    expect(caller.numbers.slice(0, 60)).toEqual(count(60));
    const { receivedVideo } = peer.stats();
    expect(receivedVideo).toMatchObject({ framesLost: 0, keyFramesReceived: 1 });
    expect(receivedVideo?.packetsAskedFor).toBeGreaterThan(10);
    expect((receivedVideo?.packetsRecovered ?? 0) > 10).toBe(rtx);
  });

  it('begin with a key picture that is asked for, and again after a loss for good', async () => {
    let deaf = false;
    await using call = await MediaCaller.call({
      video: 'sendrecv',
      drop: () => deaf,
      onPeer: echo,
    });
    const { caller, peer } = call;
    await caller.waitFor(() => caller.keyFrameRequests > 0, 'a request');
    caller.sendPicture('key');
    await caller.waitFor(() => caller.pictures.length === 1, 'a picture');
    deaf = true;
    for (let i = 0; i < 200; i++) caller.sendPicture('delta');
    deaf = false;
    const { keyFrameRequests } = caller;
    caller.sendPicture('delta');
    await caller.waitFor(() => caller.keyFrameRequests > keyFrameRequests, 'a request');
    const number = caller.sendPicture('key');
    await caller.waitFor(() => caller.pictures.length === 2, 'a picture');
    expect(caller.numbers).toEqual([0, number]);
    expect(peer.stats().receivedVideo).toMatchObject({ framesLost: 1 });
    const before = caller.keyFrameRequests;
    await caller.waitFor(() => {
      peer.requestKeyFrame();
      return caller.keyFrameRequests > before;
    }, 'a request of our own');
  });

  it.each([
    [
      'sendonly',
      { sendsAudio: false, sendsVideo: false, receivesAudio: true, receivesVideo: true },
    ],
    [
      'recvonly',
      { sendsAudio: true, sendsVideo: true, receivesAudio: false, receivesVideo: false },
    ],
  ] as const)('go one way to a peer that says %s', async (direction, expected) => {
    const pieces: string[] = [];
    await using call = await MediaCaller.call({
      audio: direction,
      video: direction,
      onPeer: (peer) => {
        peer.on('video', ({ type }) => pieces.push(type));
        peer.on('audio', ({ data }) => pieces.push(data.subarray(1).toString()));
      },
    });
    const { caller, peer } = call;
    expect(peer).toMatchObject(expected);
    caller.sendPicture('key');
    caller.sendSound('hello');
    if (direction === 'sendonly') {
      await caller.waitFor(() => pieces.length === 2, 'both');
      expect(pieces.sort()).toEqual(['hello', 'key']);
      expect(peer.stats()).toMatchObject({ sentAudio: null, sentVideo: null });
      return;
    }
    peer.writeAudio(new EncodedAudioChunk({ timestamp: 0, data: Buffer.from('.world') }));
    await caller.waitFor(() => caller.sounds.length === 1, 'sound');
    expect(caller.sounds[0]?.payload).toBe('world');
    expect(peer.stats()).toMatchObject({ receivedAudio: null, receivedVideo: null });
  });
});

describe('reports', () => {
  it('tell the peer what came and what is welcome, and put both streams on one clock', async () => {
    const messages: RtcpMessage[] = [];
    const clocks = new Map<number, { ntp: number; timestamp: number }>();
    await using call = await MediaCaller.call(
      {
        audio: 'sendrecv',
        video: 'sendrecv',
        onPeer: (peer, caller) => {
          echo(peer);
          caller.onRtcp = (packet) => {
            messages.push(...readRtcp(packet));
            if (packet[1] !== 200) return;
            const ntp = packet.readUInt32BE(8) + packet.readUInt32BE(12) / 2 ** 32;
            clocks.set(packet.readUInt32BE(4), { ntp, timestamp: packet.readUInt32BE(16) });
          };
        },
      },
      { maxReceiveBitrate: 800_000 },
    );
    const { caller } = call;
    caller.sendPicture('key');
    caller.sendSound('x');
    await caller.waitFor(
      () => clocks.size === 2 && messages.some(({ kind }) => kind === 'report'),
      'reports',
    );
    await caller.waitFor(
      () => messages.some((message) => message.kind === 'report' && message.blocks.length === 2),
      'a report of both streams',
    );
    expect(messages).toContainEqual({ kind: 'bandwidth', bitrate: 800_000 });
    expect(messages).toContainEqual({ kind: 'pli' });
    const sound = caller.soundSource;
    const pictures = caller.pictureSource;
    // Where both streams began, by the reports and what came: at the same time, but for the way.
    const startOf = (source: { ssrc: number; first: number }, rate: number): number => {
      const clock = clocks.get(source.ssrc);
      if (clock === undefined) throw new Error(`no report of ${source.ssrc}`);
      return clock.ntp - ((clock.timestamp - source.first) >>> 0) / rate;
    };
    expect(Math.abs(startOf(sound, 48_000) - startOf(pictures, 90_000))).toBeLessThan(0.5);
  });

  it('are taken: losses, round trip, bandwidth', async () => {
    await using call = await MediaCaller.call({
      audio: 'sendrecv',
      video: 'sendrecv',
      onPeer: echo,
    });
    const { caller, peer } = call;
    const bandwidth = new Promise((resolve) => peer.once('bandwidth', resolve));
    caller.sendPicture('key');
    await caller.waitFor(() => caller.pictures.length === 1, 'a picture');
    await caller.sendBandwidth(123_000);
    expect(await bandwidth).toBe(123_000);
    expect(peer.stats().sentVideo).toMatchObject({ estimatedBitrate: 123_000, framesSent: 1 });
    await vi.waitFor(() => expect(peer.stats().roundTripMs).not.toBeNull(), { timeout: 10_000 });
  });
});

describe('data channels', () => {
  it.each([
    ['text', false],
    ['any label, at all!', true],
  ])('carry text and bytes, label "%s"', async (channel, channelFirst) => {
    const opened: string[] = [];
    const got: [string | Buffer, string][] = [];
    await using call = await MediaCaller.call({
      channel,
      channelFirst,
      audio: 'sendrecv',
      onPeer: (peer) => {
        expect(peer.sendText('too early')).toBe(false);
        peer.on('channelopen', (label) => opened.push(label));
        peer.on('message', (data, label) => got.push([data, label]));
      },
    });
    const { caller, peer } = call;
    await caller.waitFor(() => opened.length > 0, 'the channel');
    expect(opened).toEqual([channel]);
    expect(peer.sendText('{"type":"log","data":"x"}')).toBe(true);
    await caller.waitFor(() => caller.messages.length === 1, 'a message');
    expect(caller.messages).toEqual(['{"type":"log","data":"x"}']);
    caller.channel?.send('no { JSON');
    caller.channel?.send(Buffer.from([1, 2, 3]));
    await caller.waitFor(() => got.length === 2, 'messages');
    expect(got).toEqual([
      ['no { JSON', channel],
      [Buffer.from([1, 2, 3]), channel],
    ]);
    expect(peer.stats()).toMatchObject({ messagesSent: 1, messagesDropped: 0 });
  });

  it('are enough for a connection', async () => {
    await using call = await MediaCaller.call({ channel: 'text' });
    const { caller, peer } = call;
    expect(peer).toMatchObject({ codec: null, sendsAudio: false, receivesVideo: false });
    await caller.waitFor(() => peer.sendText('hello'), 'the channel');
    await caller.waitFor(() => caller.messages.length > 0, 'a message');
    peer.writeAudio(new EncodedAudioChunk({ timestamp: 0, data: Buffer.from('x') }));
    peer.requestKeyFrame();
  });

  it('are none without one', async () => {
    await using call = await MediaCaller.call({ audio: 'sendrecv' });
    expect(call.peer.sendText('x')).toBe(false);
  });
});

describe('candidates', () => {
  it('may come after the answer', async () => {
    await using call = await MediaCaller.call({
      channel: 'text',
      editOffer: (sdp) => sdp.replaceAll(/^a=(candidate|end-of-candidates).*\r\n/gm, ''),
      // Nobody knows of us: only we can begin.
      editAnswer: (sdp) => sdp.replaceAll(/^a=(candidate|end-of-candidates).*\r\n/gm, ''),
      onPeer: (peer, caller) => {
        expect(peer.heard).toBe(false);
        for (const text of [
          'candidate:1 1 udp 1 0a1b2c3d.local 5000 typ host',
          'candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active',
          ...caller.candidates,
          ...caller.candidates,
        ]) {
          const candidate = parseCandidate(text);
          expect(candidate).not.toBeNull();
          peer.addIceCandidate(candidate);
        }
        peer.addIceCandidate(null);
      },
    });
    expect(call.peer.heard).toBe(true);
  });

  it('do no harm once connected, or closed, or without number', async () => {
    await using call = await MediaCaller.call({ audio: 'sendrecv', onPeer: echo });
    const { caller, peer } = call;
    const addAll = (): void => {
      for (let port = 1; port < 200; port++) {
        peer.addIceCandidate(parseCandidate(`candidate:1 1 udp 1 127.0.0.1 ${port} typ host`));
      }
      peer.addIceCandidate(null);
    };
    addAll();
    caller.sendSound('still here');
    await caller.waitFor(() => caller.sounds.length === 1, 'sound');
    await peer.close();
    addAll();
    expect(peer.connectionState).toBe('closed');
  });
});
