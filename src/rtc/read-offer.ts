import { NegotiationError } from '../errors.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import { describeOffered, findOfferedCodecs } from './offered-codecs.js';
import type { OfferedCodec } from './offered-codecs.js';
import { readDtls, readIce } from './read-transport.js';
import { allAttributes, findAttribute, parseSdp } from './sdp-text.js';
import type { SdpSection, SdpText } from './sdp-text.js';
import type { OfferedExtensions, ViewerOffer } from './viewer-offer.js';

/** Longest description that is looked at, in characters; browsers stay under 20,000. */
export const maxSdpLength: number = 256 * 1024;

const extensionUris = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;

/**
 * Reads and checks a viewer's offer and picks the codec; creates nothing.
 *
 * @param description - What was posted; nothing about it is taken for granted.
 * @param options.codecs - What we can send, in the order of preference.
 * @throws {NegotiationError} with `code`
 *   - `wrong-type`: `type` is not `offer`
 *   - `missing-sdp`: `sdp` is absent, empty, or no string
 *   - `too-large`: longer than {@link maxSdpLength}
 *   - `invalid-sdp`: no session description, or without ICE credentials or fingerprint
 *   - `no-video`: nothing in it wants to receive video
 *   - `no-common-codec`: none of `codecs` is offered in a form that we can send
 */
export function readOffer(
  description: { type: unknown; sdp: unknown },
  options: { codecs: readonly VideoCodecName[] },
): ViewerOffer {
  const text = parse(description);
  const bundle = readBundle(text);
  const wanting = text.sections.filter((section) => wantsVideo(section, text));
  if (wanting.length === 0) {
    throw new NegotiationError('no section of the offer wants to receive video', {
      code: 'no-video',
    });
  }
  const { section, codec } = chooseCodec(wanting, options.codecs);
  const videoIndex = text.sections.indexOf(section);
  if (findAttribute(section, 'rtcp-mux') === undefined) {
    throw invalid('RTP and RTCP must share a port (a=rtcp-mux)');
  }
  const scopes = transportScopes(text, section, bundle);
  return {
    codec,
    extensions: readExtensions(section),
    sections: text.sections,
    videoIndex,
    data: readDataSection(text, section, bundle),
    bundle,
    ice: readIce(scopes, allAttributes(scopes.candidates, 'candidate')),
    dtls: readDtls(scopes),
  };
}

function parse({ type, sdp }: { type: unknown; sdp: unknown }): SdpText {
  if (type !== 'offer') {
    const got = typeof type === 'string' ? `"${type.slice(0, 40)}"` : typeof type;
    throw new NegotiationError(`type: expected "offer", got ${got}`, { code: 'wrong-type' });
  }
  if (typeof sdp !== 'string' || sdp.length === 0) {
    const got = typeof sdp === 'string' ? 'an empty string' : typeof sdp;
    throw new NegotiationError(`sdp: expected a session description, got ${got}`, {
      code: 'missing-sdp',
    });
  }
  if (sdp.length > maxSdpLength) {
    throw new NegotiationError(`sdp: at most ${maxSdpLength} characters, got ${sdp.length}`, {
      code: 'too-large',
    });
  }
  const text = parseSdp(sdp);
  if (text === null) throw invalid('it is no session description');
  if (text.sections.length === 0) throw invalid('it has no media section');
  return text;
}

function invalid(reason: string): NegotiationError {
  return new NegotiationError(`sdp: ${reason}`, { code: 'invalid-sdp' });
}

function wantsVideo(section: SdpSection, text: SdpText): boolean {
  const bundleOnly = findAttribute(section, 'bundle-only') !== undefined;
  if (section.kind !== 'video' || (section.port === 0 && !bundleOnly)) return false;
  if (!/^(UDP|TCP)\/TLS\/RTP\/SAVPF?$/.test(section.protocol)) return false;
  const direction = /^(sendrecv|sendonly|recvonly|inactive)$/;
  const stated =
    section.attributes.find(({ name }) => direction.test(name)) ??
    text.attributes.find(({ name }) => direction.test(name));
  return stated === undefined || stated.name === 'sendrecv' || stated.name === 'recvonly';
}

function chooseCodec(
  sections: readonly SdpSection[],
  wanted: readonly VideoCodecName[],
): { section: SdpSection; codec: OfferedCodec } {
  for (const section of sections) {
    const offered = findOfferedCodecs(section);
    for (const name of wanted) {
      const codec = offered.find((candidate) => candidate.codec === name);
      if (codec !== undefined) return { section, codec };
    }
  }
  const offered = sections.map(describeOffered).join('; ');
  throw new NegotiationError(
    `no common video codec: the offer has ${offered}; this server sends ${wanted.join(', ')}`,
    { code: 'no-common-codec' },
  );
}

function readBundle(text: SdpText): readonly string[] {
  const group = allAttributes(text, 'group').find((value) => value.startsWith('BUNDLE'));
  return group === undefined ? [] : group.split(/ +/).slice(1);
}

/**
 * Where transport attributes may stand, nearest first: the section, the bundle's first section
 * (RFC 9143, 7.1.3 lets `bundle-only` ones leave them out), the session.
 */
function transportScopes(
  text: SdpText,
  section: SdpSection,
  bundle: readonly string[],
): { nearest: readonly Pick<SdpText, 'attributes'>[]; candidates: Pick<SdpText, 'attributes'> } {
  const tagged = text.sections.find((other) => findAttribute(other, 'mid') === bundle[0]);
  const bundled = bundle.includes(findAttribute(section, 'mid') ?? '');
  if (tagged === undefined || !bundled || tagged === section) {
    return { nearest: [section, text], candidates: section };
  }
  const own = findAttribute(section, 'candidate') !== undefined;
  return { nearest: [section, tagged, text], candidates: own ? section : tagged };
}

function readDataSection(
  text: SdpText,
  video: SdpSection,
  bundle: readonly string[],
): ViewerOffer['data'] {
  const bundled = (section: SdpSection): boolean =>
    bundle.includes(findAttribute(section, 'mid') ?? '');
  const index = text.sections.findIndex(
    (section) =>
      section.kind === 'application' &&
      (section.port !== 0 || findAttribute(section, 'bundle-only') !== undefined) &&
      bundled(section) &&
      dataPort(section) !== null,
  );
  const section = text.sections[index];
  const port = section && dataPort(section);
  if (section === undefined || port == null || !bundled(video)) return null;
  const size = Number(findAttribute(section, 'max-message-size') ?? 65_536);
  return { index, port, maxMessageSize: Number.isInteger(size) && size >= 0 ? size : 65_536 };
}

/** SCTP's port in a data channel section of either form (RFC 8841, and the draft aiortc speaks). */
function dataPort(section: SdpSection): number | null {
  const [format = ''] = section.formats;
  const text =
    section.protocol === 'DTLS/SCTP'
      ? format
      : section.protocol === 'UDP/DTLS/SCTP' && format === 'webrtc-datachannel'
        ? (findAttribute(section, 'sctp-port') ?? '5000')
        : '';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function readExtensions(section: SdpSection): OfferedExtensions {
  const found: { -readonly [K in keyof OfferedExtensions]: OfferedExtensions[K] } = {};
  for (const value of allAttributes(section, 'extmap')) {
    const [, id = '', direction, uri] = /^(\d{1,3})(\/\w+)? +(\S+)/.exec(value) ?? [];
    // Ids above 14 need two-byte headers, which nothing here is worth.
    if (Number(id) < 1 || Number(id) > 14) continue;
    if (direction === '/sendonly' || direction === '/inactive') continue;
    for (const name of ['mid', 'absSendTime', 'playoutDelay'] as const) {
      if (uri === extensionUris[name]) {
        found[name] = { id: Number(id), oneWay: direction === '/recvonly' };
      }
    }
  }
  return found;
}

/** The URI of an extension that we know. */
export function extensionUri(name: keyof OfferedExtensions): string {
  return extensionUris[name];
}
