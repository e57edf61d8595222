import { describe, expect, it } from 'vitest';
import type { MediaWishes } from '../../../src/rtc/media-peer-types.js';
import type { MediaOffer } from '../../../src/rtc/peer-offer.js';
import { readMediaOffer } from '../../../src/rtc/read-media-offer.js';
import { maxSdpLength } from '../../../src/rtc/read-sections.js';
import { fixtureOffer, negotiationCodeOf } from '../../support/offers.js';

const both = { send: true, receive: true };
const video = { ...both, codecs: ['vp8', 'h264', 'vp9'] } as const;
const everything: MediaWishes = { audio: both, video, allowExtraTracks: false };

function read(sdp: unknown, wishes: Partial<MediaWishes> = {}): MediaOffer {
  return readMediaOffer({ type: 'offer', sdp }, { ...everything, ...wishes });
}

/** The head and the sections of a description. */
function cut(name: string): string[] {
  return fixtureOffer(name).split(/(?=^m=)/m);
}

const names = ['chromium-camera', 'firefox-camera', 'aiortc-camera'] as const;

describe.each(names)('the camera and microphone of %s', (name) => {
  it('are taken and answered, with a data channel', () => {
    const offer = read(fixtureOffer(name));
    expect(offer).toMatchObject({
      audio: { index: 0, send: true, receive: true, codec: { codec: 'opus' } },
      video: { index: 1, send: true, receive: true, codec: { codec: 'vp8' } },
      data: { index: 2, port: 5000 },
      bundle: [0, 1, 2],
    });
    expect(offer.audio?.ssrc).toBeGreaterThan(0);
    expect(offer.video?.ssrc).toBe(
      Number(/^a=ssrc-group:FID (\d+)/m.exec(fixtureOffer(name))?.[1]),
    );
    expect(offer.ice.password.length).toBeGreaterThanOrEqual(22);
  });

  it.each([
    ['send', { send: true, receive: false }],
    ['receive', { send: false, receive: true }],
  ])('are for what we only %s', (_what, wish) => {
    const offer = read(fixtureOffer(name), { audio: wish, video: { ...video, ...wish } });
    expect(offer.audio).toMatchObject(wish);
    expect(offer.video).toMatchObject(wish);
  });

  it('are an error where they are not taken, unless extra tracks are allowed', () => {
    const sdp = fixtureOffer(name);
    expect(negotiationCodeOf(() => read(sdp, { video: null }))).toBe('unsupported-track');
    expect(negotiationCodeOf(() => read(sdp, { audio: null }))).toBe('unsupported-track');
    const offer = read(sdp, { video: null, allowExtraTracks: true });
    expect(offer).toMatchObject({ video: null, audio: { index: 0 }, data: { index: 2 } });
  });

  it('go without a data channel, and a data channel goes without them', () => {
    const [head = '', audio = '', pictures = '', data = ''] = cut(name);
    const bare = head.replace(/BUNDLE .*\r\n/, 'BUNDLE 0 1\r\n');
    expect(read(bare + audio + pictures)).toMatchObject({ data: null, video: { index: 1 } });
    const mid = /^a=mid:(\S+)/m.exec(data)?.[1] ?? '';
    const alone = head.replace(/BUNDLE .*\r\n/, `BUNDLE ${mid}\r\n`);
    expect(read(alone + data)).toMatchObject({ audio: null, video: null, data: { index: 0 } });
  });

  it('may come behind the data channel', () => {
    const [head = '', audio = '', pictures = '', data = ''] = cut(name);
    const group = /BUNDLE (.*)\r\n/.exec(head)?.[1]?.split(' ') ?? [];
    const turned = head.replace(
      /BUNDLE .*\r\n/,
      `BUNDLE ${[group[2], ...group.slice(0, 2)].join(' ')}\r\n`,
    );
    const offer = read(turned + data + audio + pictures);
    expect(offer).toMatchObject({ data: { index: 0 }, audio: { index: 1 }, video: { index: 2 } });
    expect(offer.bundle).toEqual([0, 1, 2]);
    expect(offer.ice.password).toBe(/ice-pwd:(\S+)/.exec(data)?.[1]);
  });

  it('are one of them all that is had without a bundle: the first that is wished for', () => {
    const sdp = fixtureOffer(name).replace(/^a=group.*\r\n/m, '');
    expect(read(sdp)).toMatchObject({ audio: { index: 0 }, video: null, data: null, bundle: [] });
    const pictures = read(sdp, { audio: null, allowExtraTracks: true });
    expect(pictures).toMatchObject({ audio: null, video: { index: 1 }, data: null });
    expect(pictures.ice.usernameFragment).toBe(/ice-ufrag:(\S+)/.exec(cut(name)[2] ?? '')?.[1]);
  });
});

describe('directions', () => {
  const camera = fixtureOffer('chromium-camera');

  it.each([
    ['recvonly', { send: true, receive: false }],
    ['sendonly', { send: false, receive: true }],
  ])('of a peer that says %s', (direction, expected) => {
    const offer = read(camera.replaceAll('a=sendrecv', `a=${direction}`));
    expect(offer.audio).toMatchObject(expected);
    expect(offer.video).toMatchObject(expected);
  });

  it('may stand in the session', () => {
    const sdp = camera
      .replaceAll('a=sendrecv\r\n', '')
      .replace('a=msid-semantic', 'a=sendonly\r\na=msid-semantic');
    expect(read(sdp).video).toMatchObject({ send: false, receive: true });
  });

  it('leave no use of a section that the peer only receives and we only receive', () => {
    const sdp = camera.replaceAll('a=sendrecv', 'a=recvonly');
    const wish = { send: false, receive: true };
    expect(read(sdp, { audio: wish, video: { ...video, ...wish } })).toMatchObject({
      audio: null,
      video: null,
      data: { index: 2 },
    });
  });

  it('leave no use of inactive sections, and no error where their kind is not taken', () => {
    const sdp = camera.replaceAll('a=sendrecv', 'a=inactive');
    expect(read(sdp, { video: null })).toMatchObject({ audio: null, video: null });
    const [head = '', audio = '', pictures = ''] = cut('chromium-camera');
    const idle = (head + audio + pictures).replaceAll('a=sendrecv', 'a=inactive');
    expect(negotiationCodeOf(() => read(idle))).toBe('no-media');
  });

  it('choose among two sections of a kind the one that serves more', () => {
    const [head = '', , pictures = ''] = cut('chromium-camera');
    const other = pictures.replace('a=mid:1', 'a=mid:0').replace('a=sendrecv', 'a=recvonly');
    const sdp = head.replace('BUNDLE 0 1 2', 'BUNDLE 0 1') + other + pictures;
    expect(read(sdp).video).toMatchObject({ index: 1, send: true, receive: true });
    const sending = { ...video, receive: false };
    expect(read(sdp, { video: sending }).video).toMatchObject({ index: 0 });
    expect(read(sdp).bundle).toEqual([0, 1]);
  });
});

describe('codecs', () => {
  it('are of the wished order, and Opus', () => {
    const sdp = fixtureOffer('chromium-camera');
    expect(read(sdp, { video: { ...video, codecs: ['h264'] } }).video?.codec.codec).toBe('h264');
    expect(read(sdp, { video: { ...video, codecs: ['vp9', 'vp8'] } }).video?.codec.codec).toBe(
      'vp9',
    );
    expect(read(sdp).audio?.codec).toEqual({
      codec: 'opus',
      encodingName: 'opus',
      payloadType: 111,
      stereo: false,
    });
    expect(read(fixtureOffer('firefox-camera')).audio?.codec.stereo).toBe(true);
  });

  it('are an error where there is none in common', () => {
    const sdp = fixtureOffer('chromium-camera');
    const speechless = sdp.replaceAll('opus/48000/2', 'none/48000/2');
    expect(() => read(speechless)).toThrow(/no common audio codec.*PCMU.*opus/);
    expect(negotiationCodeOf(() => read(speechless))).toBe('no-common-codec');
    const blind = sdp.replaceAll(/(VP8|VP9|H264)\/90000/g, 'none/90000');
    expect(negotiationCodeOf(() => read(blind))).toBe('no-common-codec');
  });
});

describe('refuses', () => {
  const camera = fixtureOffer('chromium-camera');

  it.each([
    ['no sdp', undefined, 'missing-sdp'],
    ['garbage', 'garbage', 'invalid-sdp'],
    ['no ICE password', camera.replaceAll(/^a=ice-pwd.*\r\n/gm, ''), 'invalid-sdp'],
    ['no fingerprint', camera.replaceAll(/^a=fingerprint.*\r\n/gm, ''), 'invalid-sdp'],
    ['no rtcp-mux', camera.replaceAll(/^a=rtcp-mux\r\n/gm, ''), 'invalid-sdp'],
    ['sections it has given up', camera.replaceAll(/^(m=\w+) 9/gm, '$1 0'), 'no-media'],
    ['1 MB of text', 'v=0\r\n'.padEnd(1_000_000, 'a=x\r\n'), 'too-large'],
  ])('%s', (_what, sdp, code) => {
    expect(negotiationCodeOf(() => read(sdp))).toBe(code);
  });

  it.each([
    ['sections', 'v=0\n'.padEnd(maxSdpLength, 'm=video 9 UDP/TLS/RTP/SAVPF 96\n')],
    ['codecs', camera.padEnd(maxSdpLength, 'a=rtpmap:96 VP8/90000\r\n')],
    ['SSRCs', camera.padEnd(maxSdpLength, 'a=ssrc-group:FID 1 2\r\n')],
    ['candidates', camera.padEnd(maxSdpLength, 'a=candidate:1 1 udp 1 192.0.2.9 5 typ host\r\n')],
  ])('or takes the most that it looks at quickly, all of it %s', (_what, sdp) => {
    const start = process.cpuUsage();
    negotiationCodeOf(() => read(sdp));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
