import { describe, expect, it } from 'vitest';
import type { OfferedMedia } from '../../../src/rtc/peer-offer.js';
import { readMediaOffer } from '../../../src/rtc/read-media-offer.js';
import { readOffer } from '../../../src/rtc/read-offer.js';
import { fixtureOffer } from '../../support/offers.js';

function readViewer(sdp: string): ReturnType<typeof readOffer> {
  return readOffer({ type: 'offer', sdp }, { codecs: ['vp8'] });
}

function namesOf(media: OfferedMedia | null): string[] {
  return Object.keys(media?.extensions ?? {}).filter((name) => /absSendTime|transport/.test(name));
}

describe('how a viewer tells what its link bears', () => {
  it.each(['chromium-data-audio', 'firefox-data-audio'])('by arrival times: %s', (name) => {
    const { video, audio } = readViewer(fixtureOffer(name));
    expect(video.codec.feedback).toMatchObject({ transportCc: true, remb: false });
    expect(namesOf(video)).toEqual(['transportSequence']);
    expect(namesOf(audio)).not.toContain('absSendTime');
  });

  it.each([
    ['the feedback', /^a=rtcp-fb:\S+ transport-cc\r\n/gm],
    ['the header extension', /^a=extmap:.*transport-wide-cc.*\r\n/gm],
  ])('by its own estimate where it does not offer %s', (_what, lines) => {
    const { video, audio } = readViewer(fixtureOffer('chromium-data-audio').replace(lines, ''));
    expect(video.codec.feedback).toMatchObject({ transportCc: false, remb: true });
    expect(namesOf(video)).toEqual(['absSendTime']);
    expect(namesOf(audio)).toEqual(['absSendTime']);
  });

  it('by arrival times where it offers nothing else', () => {
    const sdp = fixtureOffer('chromium-video').replace(/^a=rtcp-fb:\S+ goog-remb\r\n/gm, '');
    expect(readViewer(sdp).video.codec.feedback).toMatchObject({ transportCc: true, remb: false });
  });

  it('by reports alone where it offers neither', () => {
    const sdp = fixtureOffer('chromium-video').replace(
      /^a=rtcp-fb:\S+ (goog-remb|transport-cc)\r\n/gm,
      '',
    );
    expect(readViewer(sdp).video.codec.feedback).toMatchObject({ transportCc: false, remb: false });
  });

  it('by its own estimate in both directions, where nobody reads arrival times', () => {
    const both = { send: true, receive: true };
    const offer = readMediaOffer(
      { type: 'offer', sdp: fixtureOffer('chromium-camera') },
      { audio: both, video: { ...both, codecs: ['vp8'] }, allowExtraTracks: false },
    );
    expect(offer.video?.codec.feedback).toMatchObject({ transportCc: false, remb: true });
    expect(namesOf(offer.video)).toEqual(['absSendTime']);
    expect(namesOf(offer.audio)).not.toContain('transportSequence');
  });
});
