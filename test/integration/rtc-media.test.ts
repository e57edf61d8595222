import { describe, expect, it, vi } from 'vitest';
import { createPacketizer } from '../../src/codec/packetizer.js';
import type { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { videoCodecNames } from '../../src/media/encoded-video-chunk.js';
import type { EncodedVideoChunk, VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import type { MediaPeer } from '../../src/rtc/media-peer.js';
import { MediaCaller } from '../support/media-caller.js';

/** Sends back what comes. */
function echo(peer: MediaPeer): void {
  const packetizer = createPacketizer(peer.codec ?? 'vp8');
  peer.on('video', (chunk) => peer.writeVideo(packetizer.packetize(chunk)));
  peer.on('audio', (chunk) => peer.writeAudio(chunk));
}

describe('a peer with media both ways', () => {
  it('sends pictures and sound back as they came', async () => {
    await using call = await MediaCaller.call({
      audio: 'sendrecv',
      video: 'sendrecv',
      onPeer: echo,
    });
    const { caller } = call;
    const numbers = [caller.sendPicture('key', 30_000)];
    for (let i = 0; i < 9; i++) {
      numbers.push(caller.sendPicture('delta'));
      caller.sendSound(`piece ${i}`);
    }
    await caller.waitFor(() => caller.pictures.length >= 10, 'pictures');
    expect(caller.pictures.map(({ data }) => data.readUInt32BE(data.length - 4))).toEqual(numbers);
    expect(caller.pictures.map(({ key }) => key)).toEqual([true, ...Array<boolean>(9).fill(false)]);
    await caller.waitFor(() => caller.sounds.length >= 9, 'sound');
    expect(caller.sounds.map(({ payload }) => payload)).toEqual(
      numbers.slice(1).map((_, i) => `piece ${i}`),
    );
    const [first] = caller.sounds;
    expect(caller.sounds.map(({ timestamp }) => timestamp - first!.timestamp)).toEqual(
      numbers.slice(1).map((_, i) => i * 960),
    );
    expect(caller.sounds.map(({ marker }) => marker)).toEqual([
      true,
      ...Array<boolean>(8).fill(false),
    ]);
  });
});
