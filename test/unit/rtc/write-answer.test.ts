import { describe, expect, it } from 'vitest';
import type { MediaWishes } from '../../../src/rtc/media-peer-types.js';
import { readMediaOffer } from '../../../src/rtc/read-media-offer.js';
import { readOffer } from '../../../src/rtc/read-offer.js';
import { allAttributes, findAttribute, parseSdp } from '../../../src/rtc/sdp-text.js';
import type { SdpText } from '../../../src/rtc/sdp-text.js';
import { writeAnswer } from '../../../src/rtc/write-answer.js';
import { fixtureOffer } from '../../support/offers.js';

const parts = {
  credentials: { usernameFragment: 'abcd', password: '0123456789abcdef012345' },
  candidates: ['41 1 udp 2130706431 192.0.2.7 4000 typ host'],
  fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }],
  identity: { ssrc: 1111, rtxSsrc: 2222, cname: 'name' },
  audioIdentity: { ssrc: 3333, rtxSsrc: 4444, cname: 'name' },
  streamName: 'front door',
};

function answer(
  name: string,
  edit: (sdp: string) => string = (sdp) => sdp,
  audio: boolean = false,
): SdpText {
  const sdp = edit(fixtureOffer(name));
  const offer = readOffer({ type: 'offer', sdp }, { codecs: ['h264', 'vp8'], audio });
  const text = writeAnswer(offer, parts);
  expect(text).toMatch(/^v=0\r\n(.+\r\n)+$/);
  return parseSdp(text) as SdpText;
}

describe('writeAnswer', () => {
  it('answers the video with one codec, its retransmission, and what of the feedback we use', () => {
    const [video] = answer('chromium-video').sections;
    expect(video).toMatchObject({ kind: 'video', port: 9, formats: ['108', '109'] });
    expect(allAttributes(video!, 'rtpmap')).toEqual(['108 H264/90000', '109 rtx/90000']);
    expect(allAttributes(video!, 'fmtp')).toEqual([
      '108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      '109 apt=108',
    ]);
    expect(allAttributes(video!, 'rtcp-fb')).toEqual([
      '108 nack',
      '108 nack pli',
      '108 ccm fir',
      '108 transport-cc',
    ]);
    expect(findAttribute(video!, 'sendonly')).toBe('');
    expect(allAttributes(video!, 'ssrc-group')).toEqual(['FID 1111 2222']);
  });

  it('carries an msid, for the streams[0] of a page', () => {
    const [video] = answer('chromium-video').sections;
    expect(findAttribute(video!, 'msid')).toBe('front-door video-1111');
    expect(allAttributes(video!, 'ssrc')).toContain('1111 msid:front-door video-1111');
  });

  it('carries all candidates and their end', () => {
    const [video] = answer('chromium-video').sections;
    expect(allAttributes(video!, 'candidate')).toEqual(parts.candidates);
    expect(findAttribute(video!, 'end-of-candidates')).toBe('');
  });

  it('keeps the order of sections, and idle audio that shares the transport', () => {
    const { sections, attributes } = answer('chromium-data-audio');
    expect(sections.map(({ kind, port }) => `${kind} ${port}`)).toEqual([
      'audio 9',
      'video 9',
      'application 9',
    ]);
    expect(findAttribute({ attributes }, 'group')).toBe('BUNDLE 0 1 2');
    expect(findAttribute(sections[2]!, 'sctp-port')).toBe('5000');
    const [audio] = sections;
    expect(findAttribute(audio!, 'inactive')).toBe('');
    expect(findAttribute(audio!, 'rtcp-mux')).toBe('');
    expect(findAttribute(audio!, 'ice-ufrag')).toBe('abcd');
    expect(allAttributes(audio!, 'candidate')).toEqual(parts.candidates);
    expect(audio!.formats).toEqual(['111', '63', '9', '0', '8', '13', '110', '126']);
    expect(allAttributes(audio!, 'rtpmap')).toHaveLength(8);
    expect(allAttributes(audio!, 'rtpmap')).toContain('111 opus/48000/2');
    expect(allAttributes(audio!, 'fmtp')).toContain('111 minptime=10;useinbandfec=1');
  });

  it('sends sound of the same stream to a viewer that wants it', () => {
    const [audio, video] = answer('chromium-data-audio', undefined, true).sections;
    expect(audio!.formats).toEqual(['111']);
    expect(findAttribute(audio!, 'sendonly')).toBe('');
    expect(findAttribute(audio!, 'msid')).toBe('front-door audio-3333');
    expect(findAttribute(video!, 'msid')).toMatch(/^front-door video/);
    expect(allAttributes(audio!, 'ssrc')).toContain('3333 cname:name');
    expect(allAttributes(video!, 'ssrc')).toContain('1111 cname:name');
  });

  it('refuses audio outside the bundle, which keeps its formats', () => {
    const { sections, attributes } = answer('chromium-data-audio', (sdp) =>
      sdp.replace('BUNDLE 0 1 2', 'BUNDLE 1 2'),
    );
    expect(sections.map(({ port }) => port)).toEqual([0, 9, 9]);
    expect(findAttribute({ attributes }, 'group')).toBe('BUNDLE 1 2');
    expect(findAttribute(sections[0]!, 'inactive')).toBe('');
    expect(findAttribute(sections[0]!, 'rtcp-mux')).toBe('');
    expect(findAttribute(sections[0]!, 'candidate')).toBeUndefined();
    expect(allAttributes(sections[0]!, 'rtpmap')).toContain('111 opus/48000/2');
  });

  it('leaves a section refused that the viewer has given up', () => {
    const { sections, attributes } = answer('chromium-data-audio', (sdp) =>
      sdp.replace('m=audio 9', 'm=audio 0'),
    );
    expect(sections.map(({ port }) => port)).toEqual([0, 9, 9]);
    expect(findAttribute({ attributes }, 'group')).toBe('BUNDLE 1 2');
  });

  it('answers a data channel in the form it was offered in', () => {
    const [, data] = answer('aiortc-data').sections;
    expect(data).toMatchObject({ protocol: 'DTLS/SCTP', formats: ['5000'] });
    expect(findAttribute(data!, 'sctpmap')).toBe('5000 webrtc-datachannel 65535');
  });

  it('sends one video of two, and refuses a data channel outside the bundle', () => {
    const { sections } = answer('chromium-data-audio', (sdp) =>
      sdp.replace('m=audio', 'm=video').replace('BUNDLE 0 1 2', 'BUNDLE 0 1'),
    );
    expect(sections.map(({ port }) => port)).toEqual([9, 9, 0]);
    expect(sections.map((section) => findAttribute(section, 'sendonly'))).toEqual([
      undefined,
      '',
      undefined,
    ]);
  });

  it.each([
    ['actpass', 'passive'],
    ['active', 'passive'],
    ['passive', 'active'],
  ])('answers setup:%s with %s', (offered, answered) => {
    const [video] = answer('chromium-video', (sdp) => sdp.replace('actpass', offered)).sections;
    expect(findAttribute(video!, 'setup')).toBe(answered);
  });

  it('turns round the direction of an extension', () => {
    const [video] = answer('firefox-video').sections;
    expect(allAttributes(video!, 'extmap')).toContain(
      '6/sendonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    );
  });
});

describe('writeAnswer for media both ways', () => {
  const both = { send: true, receive: true };

  function mediaAnswer(
    name: string,
    wishes: Partial<MediaWishes> = {},
    more: { maxReceiveBitrate?: number } = {},
  ): SdpText {
    const all = { audio: both, video: { ...both, codecs: ['vp8' as const] } };
    const wanted = { ...all, allowExtraTracks: true, ...wishes };
    const text = writeAnswer(readMediaOffer({ type: 'offer', sdp: fixtureOffer(name) }, wanted), {
      ...parts,
      ...more,
    });
    expect(text).toMatch(/^v=0\r\n(.+\r\n)+$/);
    return parseSdp(text) as SdpText;
  }

  it.each(['chromium-camera', 'firefox-camera', 'aiortc-camera'])('takes all of %s', (name) => {
    const { sections, attributes } = mediaAnswer(name);
    expect(sections.map(({ kind, port }) => `${kind} ${port}`)).toEqual([
      'audio 9',
      'video 9',
      'application 9',
    ]);
    expect(findAttribute({ attributes }, 'group')).toBe('BUNDLE 0 1 2');
    for (const section of sections) {
      expect(allAttributes(section, 'candidate')).toEqual(parts.candidates);
      expect(findAttribute(section, 'end-of-candidates')).toBe('');
    }
    const [audio, video] = sections;
    for (const section of [audio, video]) expect(findAttribute(section!, 'sendrecv')).toBe('');
    // One stream, so that both are played in step.
    expect(findAttribute(audio!, 'msid')).toBe('front-door audio-3333');
    expect(findAttribute(video!, 'msid')).toBe('front-door video-1111');
    expect(allAttributes(audio!, 'ssrc')).toEqual([
      '3333 cname:name',
      '3333 msid:front-door audio-3333',
    ]);
  });

  it('speaks Opus, in stereo where that was offered', () => {
    const [mono] = mediaAnswer('chromium-camera').sections;
    expect(mono).toMatchObject({ formats: ['111'] });
    expect(allAttributes(mono!, 'rtpmap')).toEqual(['111 opus/48000/2']);
    expect(allAttributes(mono!, 'fmtp')).toEqual(['111 minptime=10;useinbandfec=1']);
    const [stereo] = mediaAnswer('firefox-camera').sections;
    expect(allAttributes(stereo!, 'fmtp')).toEqual(['109 minptime=10;useinbandfec=1;stereo=1']);
  });

  it.each([
    ['sendonly', { send: true, receive: false }],
    ['recvonly', { send: false, receive: true }],
  ])('answers %s', (direction, wish) => {
    const video = { ...wish, codecs: ['vp8' as const] };
    const { sections } = mediaAnswer('chromium-camera', { audio: wish, video });
    for (const section of sections.slice(0, 2)) {
      expect(findAttribute(section, direction)).toBe('');
      // Nothing is announced that is not sent; retransmissions are taken all the same.
      expect(allAttributes(section, 'ssrc').length > 0).toBe(wish.send);
      expect(allAttributes(section, 'extmap').length > 0).toBe(wish.send);
    }
    expect(sections[1]!.formats).toEqual(['96', '97']);
  });

  it.each([
    ['vp8', 1_000_000, ['96 x-google-start-bitrate=800']],
    ['vp8', 8_000_000, ['96 x-google-start-bitrate=2000']],
    ['vp8', 100, ['96 x-google-start-bitrate=1']],
    [
      'h264',
      2_500_000,
      [
        expect.stringMatching(
          /^\d+ .*packetization-mode=1;.*;x-google-start-bitrate=2000$/,
        ) as string,
      ],
    ],
  ] as const)('has %s begin near %i bit/s', (codec, maxReceiveBitrate, expected) => {
    const video = { ...both, codecs: [codec] };
    const { sections } = mediaAnswer('chromium-camera', { video }, { maxReceiveBitrate });
    const parameters = allAttributes(sections[1]!, 'fmtp').filter((value) => !/apt=/.test(value));
    expect(parameters).toEqual(expected);
  });

  it('says nothing of it where no pictures are taken', () => {
    const video = { send: true, receive: false, codecs: ['vp8' as const] };
    const more = { maxReceiveBitrate: 2_500_000 };
    const { sections } = mediaAnswer('chromium-camera', { video }, more);
    expect(JSON.stringify(sections)).not.toContain('x-google');
  });

  it('keeps a bundled track without a use, and refuses one outside', () => {
    const { sections } = mediaAnswer('chromium-camera', { audio: null });
    expect(sections.map(({ port }) => port)).toEqual([9, 9, 9]);
    expect(findAttribute(sections[0]!, 'inactive')).toBe('');
    expect(findAttribute(sections[1]!, 'sendrecv')).toBe('');
  });
});
