import { NegotiationError } from '../errors.js';
import type { MediaDirections } from './media-peer-types.js';
import { describeOffered, findOfferedCodecs } from './offered-codecs.js';
import type { OfferedCodec } from './offered-codecs.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { OfferedExtensions, OfferedMedia, PeerOffer } from './peer-offer.js';
import { readDtls, readIce } from './read-transport.js';
import { allAttributes, findAttribute, parseSdp } from './sdp-text.js';
import type { SdpSection, SdpText } from './sdp-text.js';

/** Longest description that is looked at, in characters; browsers stay under 20,000. */
export const maxSdpLength: number = 256 * 1024;

const extensionUris = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;

/** Every header extension that we know, in the order of the answer. */
export const extensionNames: readonly (keyof OfferedExtensions)[] = [
  'mid',
  'absSendTime',
  'transportSequence',
  'playoutDelay',
];

/**
 * Cuts a posted description into sections; nothing about it is taken for granted.
 *
 * @throws {NegotiationError} `wrong-type`, `missing-sdp`, `too-large`, `invalid-sdp`.
 */
export function parseOffer({ type, sdp }: { type: unknown; sdp: unknown }): SdpText {
  if (type !== 'offer') {
    const got = typeof type === 'string' ? `"${type.slice(0, 40)}"` : nameType(type);
    throw new NegotiationError(`type: expected "offer", got ${got}`, { code: 'wrong-type' });
  }
  if (typeof sdp !== 'string' || sdp.length === 0) {
    const got = sdp === '' ? 'an empty string' : nameType(sdp);
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

function nameType(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** What is wrong with a description. */
function invalid(reason: string): NegotiationError {
  return new NegotiationError(`sdp: ${reason}`, { code: 'invalid-sdp' });
}

/** True for a section of data channels. */
export function isData(section: SdpSection): boolean {
  return section.kind === 'application' && isLive(section) && dataPort(section) !== null;
}

/** True for a section of that kind that is in use. */
export function isMedia(section: SdpSection, kind: 'audio' | 'video'): boolean {
  return section.kind === kind && isRtp(section) && isLive(section);
}

/** Which way the peer's media would go, seen from us: it receives what we send. */
export function offeredDirections(section: SdpSection, text: SdpText): MediaDirections {
  const direction = /^(sendrecv|sendonly|recvonly|inactive)$/;
  const stated =
    section.attributes.find(({ name }) => direction.test(name)) ??
    text.attributes.find(({ name }) => direction.test(name));
  const name = stated?.name ?? 'sendrecv';
  return {
    send: name === 'sendrecv' || name === 'recvonly',
    receive: name === 'sendrecv' || name === 'sendonly',
  };
}

/**
 * The first of `sections` with a codec of ours, and the codec, in the order of `wanted`.
 *
 * @throws {NegotiationError} `no-common-codec`.
 */
export function chooseVideoCodec<Codec extends VideoCodecName>(
  sections: readonly SdpSection[],
  wanted: readonly Codec[],
): { section: SdpSection; codec: OfferedCodec<Codec> } {
  for (const section of sections) {
    const offered = findOfferedCodecs(section);
    for (const name of wanted) {
      const codec = offered.find((one): one is OfferedCodec<Codec> => one.codec === name);
      if (codec !== undefined) return { section, codec };
    }
  }
  throw noCommonCodec('video', sections, wanted.join(', '));
}

/** Says what was offered and what we have. */
export function noCommonCodec(
  kind: 'audio' | 'video',
  sections: readonly SdpSection[],
  ours: string,
): NegotiationError {
  const offered = sections.map(describeOffered).join('; ');
  return new NegotiationError(
    `no common ${kind} codec: the offer has ${offered}; this server sends ${ours}`,
    { code: 'no-common-codec' },
  );
}

/**
 * What every section of media has in common.
 *
 * @throws {NegotiationError} `invalid-sdp` when RTCP would need a port of its own.
 */
export function readMedia(
  text: SdpText,
  section: SdpSection,
  directions: MediaDirections,
): OfferedMedia {
  if (!sharesRtcp(section)) throw invalid('RTP and RTCP must share a port (a=rtcp-mux)');
  return {
    index: text.sections.indexOf(section),
    mid: findAttribute(section, 'mid') ?? '',
    extensions: directions.send ? readExtensions(section) : {},
    ssrc: directions.receive ? readSsrc(section) : null,
    ...directions,
  };
}

/** Indexes of the sections that may share one transport, in the group's order. */
export function readBundle(text: SdpText): readonly number[] {
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
 * The transport of a section in use: what shares it, and how the peer is reached there. Within a bundle its
 * first section has the say (RFC 9143, 7.3.1): the others may have a transport of their own, which the answer
 * gives up, or, as `bundle-only`, none.
 *
 * @param group - Of {@link readBundle}.
 * @throws {NegotiationError} `invalid-sdp` without usable credentials or fingerprint.
 */
export function readTransport(
  text: SdpText,
  section: SdpSection,
  group: readonly number[],
): Pick<PeerOffer, 'bundle' | 'data' | 'ice' | 'dtls'> {
  const own = text.sections.indexOf(section);
  const shared = group.includes(own);
  const data = findDataSection(text, shared ? group : [own]);
  const bundle = shared
    ? group.filter((index) => {
        const other = text.sections[index] as SdpSection;
        return index === data?.index || (isRtp(other) && sharesRtcp(other));
      })
    : [];
  const tagged = text.sections[bundle[0] ?? -1] ?? section;
  const scopes = { nearest: [tagged, section, text] };
  const ice = readIce(scopes, allAttributes(tagged, 'candidate'));
  return { bundle, data, ice, dtls: readDtls(scopes) };
}

/** The first data channel section among those at `indexes`. */
function findDataSection(text: SdpText, indexes: readonly number[]): PeerOffer['data'] {
  const index = text.sections.findIndex((section, at) => indexes.includes(at) && isData(section));
  const section = text.sections[index];
  const port = section && dataPort(section);
  if (section === undefined || port == null) return null;
  const size = Number(findAttribute(section, 'max-message-size') ?? 65_536);
  return { index, port, maxMessageSize: Number.isInteger(size) && size >= 0 ? size : 65_536 };
}

/** The URI of an extension that we know. */
export function extensionUri(name: keyof OfferedExtensions): string {
  return extensionUris[name];
}

/** Not one that the peer itself has given up: port 0 says so, unless it means `bundle-only`. */
function isLive(section: SdpSection): boolean {
  return section.port !== 0 || findAttribute(section, 'bundle-only') !== undefined;
}

function isRtp({ kind, protocol }: SdpSection): boolean {
  return /^(audio|video)$/.test(kind) && /^(UDP|TCP)\/TLS\/RTP\/SAVPF?$/.test(protocol);
}

function sharesRtcp(section: SdpSection): boolean {
  return findAttribute(section, 'rtcp-mux') !== undefined;
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

/** The SSRC of the media, not of its retransmissions. */
function readSsrc(section: SdpSection): number | null {
  const [first = ''] = allAttributes(section, 'ssrc-group')
    .filter((value) => value.startsWith('FID '))
    .map((value) => value.split(/ +/)[1]);
  const text = first === '' ? findAttribute(section, 'ssrc')?.split(' ')[0] : first;
  const ssrc = /^\d{1,10}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return ssrc <= 0xffff_ffff ? ssrc : null;
}

function readExtensions(section: SdpSection): OfferedExtensions {
  const found: { -readonly [K in keyof OfferedExtensions]: OfferedExtensions[K] } = {};
  for (const value of allAttributes(section, 'extmap')) {
    const [, id = '', direction, uri] = /^(\d{1,3})(\/\w+)? +(\S+)/.exec(value) ?? [];
    // Ids above 14 need two-byte headers, which nothing here is worth.
    if (Number(id) < 1 || Number(id) > 14) continue;
    if (direction === '/sendonly' || direction === '/inactive') continue;
    for (const name of extensionNames) {
      if (uri === extensionUris[name]) {
        found[name] = { id: Number(id), oneWay: direction === '/recvonly' };
      }
    }
  }
  return found;
}
