import { describe, expect, it } from 'vitest';
import type { VideoCodecName } from '../../../src/media/encoded-video-chunk.js';
import type { ViewerOffer } from '../../../src/rtc/peer-offer.js';
import { readOffer } from '../../../src/rtc/read-offer.js';
import { maxSdpLength } from '../../../src/rtc/read-sections.js';
import { fixtureOffer, negotiationCodeOf } from '../../support/offers.js';

function read(sdp: unknown, codecs: VideoCodecName[] = ['h264', 'vp8', 'vp9']): ViewerOffer {
  return readOffer({ type: 'offer', sdp }, { codecs });
}

const chromium = fixtureOffer('chromium-video');

describe('codec choice', () => {
  it('takes constrained baseline H.264 with its own payload type and parameters from Chromium', () => {
    expect(read(chromium).video.codec).toEqual({
      codec: 'h264',
      encodingName: 'H264',
      payloadType: 108,
      parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      rtxPayloadType: 109,
      feedback: { nack: true, pli: true, fir: true, remb: false, transportCc: true },
    });
  });

  it.each([
    [['vp8', 'h264'], 'vp8', 96],
    [['vp9', 'vp8'], 'vp9', 98],
    [['h264'], 'h264', 108],
  ] as const)('follows the order %j', (codecs, codec, payloadType) => {
    expect(read(chromium, [...codecs]).video.codec).toMatchObject({ codec, payloadType });
  });

  it('prefers 42e0 to high profile, in whatever order Safari lists them', () => {
    expect(read(fixtureOffer('safari-video')).video.codec).toMatchObject({ payloadType: 98 });
  });

  it.each([
    ['42e01f', true],
    ['42001f', true],
    ['4d001f', true],
    ['64001f', true],
    ['f4001f', true],
    ['banana', false],
  ])('H.264 profile %s: %s', (profile, taken) => {
    const only = chromium
      .replace(/profile-level-id=[0-9a-f]{6}/g, `profile-level-id=${profile}`)
      .replace(/VP[89]\/90000/g, 'none/90000');
    if (taken) expect(read(only).video.codec.parameters).toContain(profile);
    else expect(negotiationCodeOf(() => read(only))).toBe('no-common-codec');
  });

  it('leaves H.264 without packetization mode 1', () => {
    const mode0 = chromium.replaceAll('packetization-mode=1', 'packetization-mode=0');
    expect(read(mode0).video.codec.codec).toBe('vp8');
  });

  it('takes VP9 in profile 0 only', () => {
    expect(negotiationCodeOf(() => read(fixtureOffer('safari-video'), ['vp9']))).toBe(
      'no-common-codec',
    );
  });

  it('says what was offered and what we have', () => {
    const vp8 = chromium.replace(/(VP9|H264|AV1)\/90000/g, 'none/90000');
    expect(() => read(vp8, ['h264', 'vp9'])).toThrow(/VP8.*h264, vp9/);
  });
});

describe('sound', () => {
  const withAudio = fixtureOffer('chromium-data-audio');

  it('is sent to a viewer that wants Opus on the transport of its pictures, and nothing is taken', () => {
    const { audio } = read(withAudio);
    expect(audio).toMatchObject({ index: 0, send: true, receive: false, ssrc: null });
    expect(audio?.codec).toMatchObject({ codec: 'opus', payloadType: 111 });
  });

  it.each([
    ['no section of sound', (): string => chromium],
    ['one that only sends', (): string => withAudio.replace('a=recvonly', 'a=sendonly')],
    ['no Opus', (): string => withAudio.replaceAll('opus/48000', 'none/48000')],
    ['a transport of its own', (): string => withAudio.replace('BUNDLE 0 1 2', 'BUNDLE 1 2')],
    ['RTCP on a port of its own', (): string => withAudio.replace('a=rtcp-mux\r\n', '')],
  ])('is left out: %s', (_, sdp) => {
    const offer = read(sdp());
    expect(offer.audio).toBeNull();
    expect(offer.video.codec.codec).toBe('h264');
  });

  it('is left out when the stream has none', () => {
    const offer = readOffer({ type: 'offer', sdp: withAudio }, { codecs: ['vp8'], audio: false });
    expect(offer.audio).toBeNull();
  });
});

describe('what is read', () => {
  it('leaves out mDNS candidates, TCP and RTCP', () => {
    expect(read(chromium).ice.candidates).toEqual([]);
    expect(read(fixtureOffer('firefox-video')).ice.candidates).toEqual([
      expect.objectContaining({ address: '192.0.2.2', type: 'host' }),
      expect.objectContaining({ address: 'fd00::2', type: 'host' }),
    ]);
  });

  it('finds credentials, fingerprint and setup, in the section or the session', () => {
    for (const name of ['chromium-video', 'firefox-video', 'aiortc-data']) {
      const offer = read(fixtureOffer(name));
      expect(offer.ice.usernameFragment.length).toBeGreaterThanOrEqual(4);
      expect(offer.dtls.fingerprints[0]?.algorithm).toBe('sha-256');
      expect(offer.dtls.setup).toBe('actpass');
    }
  });

  it('finds the video and the data channel among other sections', () => {
    expect(read(fixtureOffer('chromium-data-audio'))).toMatchObject({
      video: { index: 1 },
      data: { index: 2, port: 5000, maxMessageSize: 262_144 },
      bundle: [0, 1, 2],
    });
    expect(read(fixtureOffer('firefox-data-audio')).data).toMatchObject({ index: 2 });
    expect(read(fixtureOffer('aiortc-data')).data).toMatchObject({ index: 1, port: 5000 });
  });

  it('finds the transport of a bundle-only section in the first one', () => {
    const [head = '', audio = '', video = ''] =
      fixtureOffer('chromium-data-audio').split(/(?=^m=)/m);
    const bare = video
      .replace('m=video 9', 'm=video 0')
      .replace(/^a=(ice-ufrag|ice-pwd|fingerprint|setup|candidate).*\r\n/gm, '')
      .concat('a=bundle-only\r\n');
    expect(read(head + audio + bare).ice.password).toBe(/ice-pwd:(\S+)/.exec(audio)?.[1]);
  });

  it('takes the transport of the first section of the bundle, which the answer keeps', () => {
    const sdp = fixtureOffer('aiortc-data').replace('BUNDLE 0 1', 'BUNDLE 1 0');
    const [, , data = ''] = sdp.split(/(?=^m=)/m);
    const own = data.replaceAll('192.0.2.2', '192.0.2.9');
    const offer = read(sdp.replace(data, own));
    expect(offer.bundle).toEqual([1, 0]);
    expect(offer.ice.password).toBe(/ice-pwd:(\S+)/.exec(data)?.[1]);
    expect(offer.ice.candidates[0]?.address).toBe('192.0.2.9');
  });

  it('knows no bundle around a video that is not in it, or with sections that were given up', () => {
    const sdp = fixtureOffer('chromium-data-audio');
    const alone = read(sdp.replace('BUNDLE 0 1 2', 'BUNDLE 0 2'));
    expect(alone).toMatchObject({ bundle: [], data: null });
    const video = sdp.split(/(?=^m=)/m)[2] ?? '';
    expect(alone.ice.password).toBe(/ice-pwd:(\S+)/.exec(video)?.[1]);
    expect(read(sdp.replace('m=audio 9', 'm=audio 0')).bundle).toEqual([1, 2]);
    expect(read(sdp.replace('BUNDLE 0 1 2', 'BUNDLE 2 2 x 1 2')).bundle).toEqual([2, 1]);
  });

  it('knows the header extensions and their direction', () => {
    expect(read(chromium).video.extensions).toEqual({
      mid: { id: 9, oneWay: false },
      transportSequence: { id: 4, oneWay: false },
      playoutDelay: { id: 5, oneWay: false },
    });
    expect(read(fixtureOffer('firefox-video')).video.extensions.playoutDelay).toEqual({
      id: 6,
      oneWay: true,
    });
  });

  it('keeps at most 20 candidates, none of them a group address', () => {
    const line = (host: string): string => `a=candidate:1 1 udp 1 ${host} 5000 typ host\r\n`;
    const many = Array.from({ length: 50 }, (_, i) => line(`192.0.2.${i + 1}`)).join('');
    const odd = ['239.0.0.1', '255.255.255.255', '0.0.0.0', 'ff02::1', 'example.org'].map(line);
    expect(read(chromium + odd.join('') + many).ice.candidates).toHaveLength(20);
    expect(read(chromium + odd.join('')).ice.candidates).toEqual([]);
  });
});

describe('refuses', () => {
  it.each([
    ['answer', 'wrong-type'],
    [undefined, 'wrong-type'],
    [42, 'wrong-type'],
  ])('type %j', (type, code) => {
    expect(negotiationCodeOf(() => readOffer({ type, sdp: chromium }, { codecs: ['vp8'] }))).toBe(
      code,
    );
  });

  it('says what it got instead', () => {
    expect(() => read(null)).toThrow('sdp: expected a session description, got null');
    expect(() => readOffer({ type: null, sdp: chromium }, { codecs: ['vp8'] })).toThrow('got null');
  });

  it.each([
    ['no sdp', undefined, 'missing-sdp'],
    ['a number', 1, 'missing-sdp'],
    ['an object', {}, 'missing-sdp'],
    ['an empty text', '', 'missing-sdp'],
    ['garbage', 'garbage', 'invalid-sdp'],
    [
      'a description without media',
      'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n',
      'invalid-sdp',
    ],
    ['a broken m= line', 'v=0\r\nm=video\r\n', 'invalid-sdp'],
    ['no ICE user name', chromium.replace(/^a=ice-ufrag.*\r\n/m, ''), 'invalid-sdp'],
    ['no ICE password', chromium.replace(/^a=ice-pwd.*\r\n/m, ''), 'invalid-sdp'],
    ['no fingerprint', chromium.replace(/^a=fingerprint.*\r\n/m, ''), 'invalid-sdp'],
    ['a fingerprint of an unknown hash', chromium.replace('sha-256', 'md5'), 'invalid-sdp'],
    ['setup:holdconn', chromium.replace('actpass', 'holdconn'), 'invalid-sdp'],
    ['no rtcp-mux', chromium.replace(/^a=rtcp-mux\r\n/m, ''), 'invalid-sdp'],
    ['audio alone', chromium.replace('m=video', 'm=audio'), 'no-video'],
    ['video it only sends', chromium.replace('a=recvonly', 'a=sendonly'), 'no-video'],
    ['inactive video', chromium.replace('a=recvonly', 'a=inactive'), 'no-video'],
    ['video it has rejected', chromium.replace('m=video 9', 'm=video 0'), 'no-video'],
    ['AV1 alone', chromium.replace(/(VP8|VP9|H264)\/90000/g, 'none/90000'), 'no-common-codec'],
    ['1 MB of text', 'v=0\r\n'.padEnd(1_000_000, 'a=x\r\n'), 'too-large'],
  ])('%s', (_what, sdp, code) => {
    expect(negotiationCodeOf(() => read(sdp))).toBe(code);
  });

  it.each([
    ['lines', 'v=0\n'.padEnd(maxSdpLength, '\n')],
    ['sections', 'v=0\n'.padEnd(maxSdpLength, 'm=video 9 UDP/TLS/RTP/SAVPF 96\n')],
    ['codecs', chromium.padEnd(maxSdpLength, 'a=rtpmap:96 VP8/90000\r\n')],
    ['parameters', chromium.padEnd(maxSdpLength, 'a=fmtp:96 apt=96;apt=97\r\n')],
    ['feedback', chromium.padEnd(maxSdpLength, 'a=rtcp-fb:96 nack\r\n')],
    ['formats', `${'v=0\nm=video 9 UDP/TLS/RTP/SAVPF'.padEnd(maxSdpLength - 1, ' 96')}\n`],
    ['candidates', chromium.padEnd(maxSdpLength, 'a=candidate:1 1 udp 1 192.0.2.9 5 typ host\r\n')],
  ])('or takes the most that it looks at quickly, all of it %s', (_what, sdp) => {
    const start = process.cpuUsage();
    negotiationCodeOf(() => read(sdp));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
