import { NegotiationError } from '../errors.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { ViewerOffer } from './peer-offer.js';
import {
  chooseVideoCodec,
  isMedia,
  offeredDirections,
  parseOffer,
  readBundle,
  readMedia,
  readTransport,
} from './read-sections.js';

/**
 * Reads and checks a viewer's offer and picks the codec; creates nothing.
 *
 * @param description - What was posted; nothing about it is taken for granted.
 * @param options.codecs - What we can send, in the order of preference.
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
  options: { codecs: readonly VideoCodecName[] },
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
  const { section, codec } = chooseVideoCodec(wanting, options.codecs);
  const media = readMedia(text, section, { send: true, receive: false });
  return {
    sections: text.sections,
    video: { ...media, codec },
    audio: null,
    ...readTransport(text, section, readBundle(text)),
  };
}
