import { NegotiationError } from '../errors.js';
import type { EncodedPictures, VideoCodecName } from '../media/encoded-video-chunk.js';
import { chooseFeedback, followFeedback } from './choose-feedback.js';
import { findOpus, findUntouched } from './offered-codecs.js';
import type { OfferedCodec } from './offered-codecs.js';
import type { OfferedAudio, ViewerOffer } from './peer-offer.js';
import {
  chooseVideoCodec,
  isMedia,
  offeredDirections,
  parseOffer,
  readBundle,
  readMedia,
  readTransport,
} from './read-sections.js';
import type { SdpSection, SdpText } from './sdp-text.js';

/** What we can send. */
export interface ViewerWishes {
  /** Of pictures, in the order of preference. */
  codecs: readonly VideoCodecName[];
  /** Compressed pictures that are there already: a viewer that can take them does, whatever its favourite codec. */
  untouched?: EncodedPictures | null;
  /** Sound where the viewer wants it, as Opus. Default true. */
  audio?: boolean;
}

/**
 * Reads and checks a viewer's offer and picks the codec; creates nothing.
 *
 * @param description - What was posted; nothing about it is taken for granted.
 * @param wishes - What we can send. A viewer that wants no sound, or none that we have, gets pictures alone.
 * @throws {NegotiationError} with `code`
 *   - `wrong-type`: `type` is not `offer`
 *   - `missing-sdp`: `sdp` is absent, empty, or no string
 *   - `too-large`: longer than 256 Ki characters
 *   - `invalid-sdp`: no session description, or without ICE credentials or fingerprint
 *   - `no-video`: nothing in it wants to receive video
 *   - `no-common-codec`: none of `codecs` is offered in a form that we can send
 */
export function readOffer(
  description: { type: unknown; sdp: unknown },
  wishes: ViewerWishes,
): ViewerOffer {
  const text = parseOffer(description);
  const wanting = text.sections.filter(
    (section) => isMedia(section, 'video') && offeredDirections(section, text).send,
  );
  if (wanting.length === 0) {
    throw new NegotiationError('no section of the offer wants to receive video', {
      code: 'no-video',
    });
  }
  const passed = wishes.untouched ? findTaker(wanting, wishes.untouched) : null;
  const { section, codec } = passed ?? chooseVideoCodec(wanting, wishes.codecs);
  const media = readMedia(text, section, { send: true, receive: false });
  const transport = readTransport(text, section, readBundle(text));
  const video = chooseFeedback({ ...media, codec }, true);
  const audio = wishes.audio === false ? null : readAudio(text, transport.bundle);
  return {
    sections: text.sections,
    video,
    audio: audio && followFeedback(audio, video.codec.feedback.transportCc),
    untouched: passed === null ? null : (wishes.untouched?.profile ?? null),
    ...transport,
  };
}

/** The first section that takes compressed pictures as they are, and in which form. */
function findTaker(
  sections: readonly SdpSection[],
  pictures: EncodedPictures,
): { section: SdpSection; codec: OfferedCodec } | null {
  for (const section of sections) {
    const codec = findUntouched(section, pictures);
    if (codec !== null) return { section, codec };
  }
  return null;
}

/** The first section on the pictures' transport that wants to receive Opus. */
function readAudio(text: SdpText, bundle: readonly number[]): OfferedAudio | null {
  for (const index of [...bundle].sort((a, b) => a - b)) {
    const section = text.sections[index];
    if (section === undefined || !isMedia(section, 'audio')) continue;
    if (!offeredDirections(section, text).send) continue;
    const codec = findOpus(section);
    if (codec !== null) {
      return { ...readMedia(text, section, { send: true, receive: false }), codec };
    }
  }
  return null;
}
