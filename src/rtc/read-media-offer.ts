import { NegotiationError } from '../errors.js';
import { chooseFeedback, followFeedback } from './choose-feedback.js';
import type { MediaDirections, MediaWishes } from './media-peer-types.js';
import { findOpus } from './offered-codecs.js';
import type { MediaOffer, OfferedAudio } from './peer-offer.js';
import {
  chooseVideoCodec,
  isData,
  isMedia,
  noCommonCodec,
  offeredDirections,
  parseOffer,
  readBundle,
  readMedia,
  readTransport,
} from './read-sections.js';
import type { SdpSection, SdpText } from './sdp-text.js';

type Kind = 'audio' | 'video';

/**
 * Reads and checks an offer for media both ways and picks sections and codecs; creates nothing. Of each kind one
 * section is used: the one that serves most of the wishes, the first of equals. A kind that is wished for and
 * not offered is no error.
 *
 * @param description - What was posted; nothing about it is taken for granted.
 * @throws {NegotiationError} with `code`
 *   - `wrong-type`, `missing-sdp`, `too-large`, `invalid-sdp`: as of `readOffer`
 *   - `unsupported-track`: the peer would send a kind that is not wished for, and `allowExtraTracks` is false
 *   - `no-common-codec`: none of the wished video codecs is offered in a form that we can use, or no Opus
 *   - `no-media`: nothing is left that could be connected
 */
export function readMediaOffer(
  description: { type: unknown; sdp: unknown },
  wishes: MediaWishes,
): MediaOffer {
  const text = parseOffer(description);
  if (!wishes.allowExtraTracks) refuseExtraTracks(text, wishes);
  const group = readBundle(text);
  // Without a common transport one section is all that can be had: the first of use.
  const usable = text.sections.filter((section) => isUseful(section, text, wishes));
  const bundled = usable.filter((section) => group.includes(text.sections.indexOf(section)));
  const used = bundled.length > 0 ? bundled : usable.slice(0, 1);
  const [main] = used;
  if (main === undefined) {
    throw new NegotiationError('the offer has neither media nor data channels to connect', {
      code: 'no-media',
    });
  }
  return {
    sections: text.sections,
    video: readVideo(text, used, wishes.video),
    audio: readAudio(text, used, wishes.audio),
    ...readTransport(text, main, group),
  };
}

function refuseExtraTracks(text: SdpText, wishes: MediaWishes): void {
  for (const kind of ['audio', 'video'] as const) {
    if (wishes[kind] !== null) continue;
    const sent = text.sections.some(
      (section) => isMedia(section, kind) && offeredDirections(section, text).receive,
    );
    if (!sent) continue;
    throw new NegotiationError(`the offer has ${kind}, which is not taken here`, {
      code: 'unsupported-track',
    });
  }
}

/** What of a section is both offered and wished for. */
function commonDirections(
  section: SdpSection,
  text: SdpText,
  wish: MediaDirections,
): MediaDirections {
  const offered = offeredDirections(section, text);
  return { send: offered.send && wish.send, receive: offered.receive && wish.receive };
}

/** True for the section of a kind that is wished for, and for data channels. */
function isUseful(section: SdpSection, text: SdpText, wishes: MediaWishes): boolean {
  if (isData(section)) return true;
  return (['audio', 'video'] as const).some((kind) => {
    const wish = wishes[kind];
    return wish !== null && isMedia(section, kind) && serves(section, text, wish) > 0;
  });
}

function serves(section: SdpSection, text: SdpText, wish: MediaDirections): number {
  const { send, receive } = commonDirections(section, text, wish);
  return Number(send) + Number(receive);
}

/** Sections of one kind, those that serve most of the wishes first; empty without a wish. */
function bestFirst(
  text: SdpText,
  used: readonly SdpSection[],
  kind: Kind,
  wish: MediaDirections,
): SdpSection[] {
  return used
    .filter((section) => isMedia(section, kind))
    .sort((a, b) => serves(b, text, wish) - serves(a, text, wish));
}

function readVideo(
  text: SdpText,
  used: readonly SdpSection[],
  wish: MediaWishes['video'],
): MediaOffer['video'] {
  const sections = wish === null ? [] : bestFirst(text, used, 'video', wish);
  if (wish === null || sections.length === 0) return null;
  const { section, codec } = chooseVideoCodec(sections, wish.codecs);
  const media = readMedia(text, section, commonDirections(section, text, wish));
  return chooseFeedback({ ...media, codec }, false);
}

function readAudio(
  text: SdpText,
  used: readonly SdpSection[],
  wish: MediaWishes['audio'],
): OfferedAudio | null {
  const sections = wish === null ? [] : bestFirst(text, used, 'audio', wish);
  if (wish === null || sections.length === 0) return null;
  for (const section of sections) {
    const codec = findOpus(section);
    if (codec === null) continue;
    const media = readMedia(text, section, commonDirections(section, text, wish));
    return followFeedback({ ...media, codec }, false);
  }
  throw noCommonCodec('audio', sections, 'opus');
}
