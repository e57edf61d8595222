import { describe, expect, it } from 'vitest';
import type { EncodedPictures } from '../../../src/media/encoded-video-chunk.js';
import type { ViewerOffer } from '../../../src/rtc/peer-offer.js';
import { readOffer } from '../../../src/rtc/read-offer.js';
import { fixtureOffer } from '../../support/offers.js';

const chromium = fixtureOffer('chromium-video');

function read(untouched: EncodedPictures | null, sdp: string = chromium): ViewerOffer {
  return readOffer({ type: 'offer', sdp }, { codecs: ['vp8', 'h264', 'vp9'], untouched });
}

/** An offer whose H.264 has these profiles alone, all in packetization mode 1. */
function h264Offer(...profiles: string[]): string {
  const lines = chromium.split('\r\n').filter((line) => !/^a=(rtpmap|fmtp|rtcp-fb):/.test(line));
  const media = lines.findIndex((line) => line.startsWith('m=video'));
  const formats = profiles.flatMap((profile, i) => [
    `a=rtpmap:${100 + i} H264/90000`,
    `a=fmtp:${100 + i} packetization-mode=1;profile-level-id=${profile}`,
  ]);
  const types = profiles.map((_, i) => 100 + i).join(' ');
  lines[media] = `m=video 9 UDP/TLS/RTP/SAVPF ${types}`;
  lines.splice(media + 1, 0, ...formats);
  return lines.join('\r\n');
}

describe('compressed pictures that are there already', () => {
  it.each([
    ['vp8', ''],
    ['vp9', '0'],
    ['av1', '0-8-0'],
    ['h264', '42e01f'],
    ['h264', '4d401f'],
    ['h264', '640028'],
  ] as const)('of %s %s are taken by Chromium before its favourite', (codec, profile) => {
    const offer = read({ codec, profile });
    expect(offer.video.codec.codec).toBe(codec);
    expect(offer.untouched).toBe(profile);
  });

  it.each([
    ['vp9', '2'],
    ['av1', '0-8-1'],
    ['av1', '1-8-0'],
    ['h264', '6e0028'],
    ['h264', ''],
  ] as const)('of %s %s are not: the favourite is', (codec, profile) => {
    const offer = read({ codec, profile });
    expect(offer.video.codec.codec).toBe('vp8');
    expect(offer.untouched).toBeNull();
  });

  it.each([
    ['42e01f', ['42e01f'], 0],
    ['42c01f', ['4d001f'], 0],
    ['42e01f', ['640c1f'], 0],
    ['42001f', ['42001f'], 0],
    ['42001f', ['42e01f', '4d001f', '640c1f'], null],
    ['4d401f', ['42e01f', '42001f'], null],
    ['4d401f', ['42e01f', '640c1f'], 1],
    ['640028', ['42e01f', '4d001f'], null],
    ['640028', ['42e01f', '4d001f', '640c1f'], 2],
    ['640028', ['42e01f', 'f4001f'], 1],
  ])('of H.264 %s go to an offer of %j as its number %j', (profile, offered, at) => {
    const offer = readOffer(
      { type: 'offer', sdp: h264Offer(...offered) },
      { codecs: ['h264'], untouched: { codec: 'h264', profile } },
    );
    expect(offer.untouched).toBe(at === null ? null : profile);
    expect(offer.video.codec.payloadType).toBe(100 + (at ?? 0));
  });

  it('are asked for by nobody where there are none', () => {
    expect(read(null).untouched).toBeNull();
    expect(readOffer({ type: 'offer', sdp: chromium }, { codecs: ['vp8'] }).untouched).toBeNull();
  });
});
