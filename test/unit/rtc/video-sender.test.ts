import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/logger.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import type { PacketizedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import { readOffer } from '../../../src/rtc/read-offer.js';
import type { PeerTransport } from '../../../src/rtc/peer-transport.js';
import { VideoSender } from '../../../src/rtc/video-sender.js';
import { CollectingLink } from '../../support/collecting-link.js';
import { fixtureOffer } from '../../support/offers.js';

const { video } = readOffer(
  { type: 'offer', sdp: fixtureOffer('chromium-video') },
  { codecs: ['vp8'] },
);

function createSender(): { sender: VideoSender; link: CollectingLink; requests: string[] } {
  const link = new CollectingLink();
  const requests: string[] = [];
  const transport = { link: link.link, state: 'connected', backlog: 0 } as PeerTransport;
  const sender = new VideoSender(
    transport,
    video,
    { ssrc: 1111, rtxSsrc: 2222, cname: 'name' },
    { logger: silentLogger, onKeyFrameRequest: (reason) => requests.push(reason) },
  );
  return { sender, link, requests };
}

function picture(
  type: 'key' | 'delta',
  timestamp: number,
  sizes: readonly number[],
): PacketizedVideoChunk {
  const chunk = new EncodedVideoChunk({ type, timestamp, data: Buffer.alloc(0) });
  return { chunk, payloads: sizes.map((size) => Buffer.alloc(size)) };
}

describe('VideoSender', () => {
  it('passes over a picture of which nothing is left to send', () => {
    const { sender, link } = createSender();
    sender.write(picture('key', 0, []));
    sender.write(picture('delta', 33_000, [500]));
    expect(link.packets).toHaveLength(0);
    sender.write(picture('key', 66_000, [500, 500]));
    sender.write(picture('delta', 100_000, []));
    sender.sendPadding(1000);
    expect(link.packets.map(({ ssrc }) => ssrc)).toEqual([1111, 1111, 2222, 2222]);
    expect(sender.stats()).toMatchObject({ framesSent: 1, framesDropped: 0 });
    sender.close();
  });

  it('goes on with the next key frame after a picture that cannot be sent', () => {
    const { sender, link, requests } = createSender();
    sender.write(picture('key', 0, [70_000]));
    sender.write(picture('delta', 33_000, [500]));
    expect(link.packets).toHaveLength(0);
    sender.write(picture('key', 66_000, [500]));
    sender.write(picture('delta', 100_000, [500]));
    expect(link.packets).toHaveLength(2);
    expect(requests).toEqual(['joined']);
    sender.close();
  });
});
