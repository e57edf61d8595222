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
  const wanting = text.sections.filter((section) => wantsVideo(section, text));
  if (wanting.length === 0) {
    throw new NegotiationError('no section of the offer wants to receive video', {
      code: 'no-video',
    });
  }
  const { section, codec } = chooseCodec(wanting, options.codecs);
  const videoIndex = text.sections.indexOf(section);
  if (!sharesRtcp(section)) {
    throw invalid('RTP and RTCP must share a port (a=rtcp-mux)');
  }
  const live = readBundle(text);
  const data = live.includes(videoIndex) ? findDataSection(text, live) : null;
  const bundle = live.includes(videoIndex)
    ? live.filter((index) => {
        const other = text.sections[index] as SdpSection;
        return index === data?.index || (isRtp(other) && sharesRtcp(other));
      })
    : [];
  const scopes = transportScopes(text, section, bundle[0]);
  return {
    codec,
    extensions: readExtensions(section),
    sections: text.sections,
    videoIndex,
    data,
    bundle,
    ice: readIce(scopes, scopes.candidates),
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
  if (section.kind !== 'video' || !isRtp(section) || !isLive(section)) return false;
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

/** Not one that the viewer itself has given up: port 0 says so, unless it means `bundle-only`. */
function isLive(section: SdpSection): boolean {
  return section.port !== 0 || findAttribute(section, 'bundle-only') !== undefined;
}

function isRtp({ kind, protocol }: SdpSection): boolean {
  return /^(audio|video)$/.test(kind) && /^(UDP|TCP)\/TLS\/RTP\/SAVPF?$/.test(protocol);
}

function sharesRtcp(section: SdpSection): boolean {
  return findAttribute(section, 'rtcp-mux') !== undefined;
}

/** Indexes of the sections that may share one transport, in the group's order. */
function readBundle(text: SdpText): readonly number[] {
  const group = allAttributes(text, 'group').find((value) => value.startsWith('BUNDLE'));
  const byMid = new Map<string, number>();
  text.sections.forEach((section, index) => {
    const mid = findAttribute(section, 'mid') ?? '';
    if (mid !== '' && isLive(section) && !byMid.has(mid)) byMid.set(mid, index);
  });
  const mids = new Set(group?.split(/ +/).slice(1));
  return [...mids].flatMap((mid) => byMid.get(mid) ?? []);
}

/**
 * Where transport attributes may stand, nearest first. Within a bundle its first section has the
 * say (RFC 9143, 7.3.1): the others may have a transport of their own, which the answer gives up,
 * or, as `bundle-only`, none.
 */
function transportScopes(
  text: SdpText,
  section: SdpSection,
  taggedIndex: number | undefined,
): { nearest: readonly Pick<SdpText, 'attributes'>[]; candidates: readonly string[] } {
  const tagged = text.sections[taggedIndex ?? -1] ?? section;
  return { nearest: [tagged, section, text], candidates: allAttributes(tagged, 'candidate') };
}

function findDataSection(text: SdpText, bundle: readonly number[]): ViewerOffer['data'] {
  const index = text.sections.findIndex(
    (section, at) =>
      section.kind === 'application' && bundle.includes(at) && dataPort(section) !== null,
  );
  const section = text.sections[index];
  const port = section && dataPort(section);
  if (section === undefined || port == null) return null;
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
