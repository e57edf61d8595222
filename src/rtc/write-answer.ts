import { maxMessageSize } from './message-channels.js';
import type { MediaDirections } from './media-peer-types.js';
import type {
  OfferedAudio,
  OfferedExtensions,
  OfferedMedia,
  OfferedVideo,
  PeerOffer,
} from './peer-offer.js';
import { extensionNames, extensionUri } from './read-sections.js';
import type { RtpIdentity } from './rtp-stream.js';
import { findAttribute } from './sdp-text.js';
import type { SdpSection } from './sdp-text.js';

/** What our side brings to an answer. */
export interface AnswerParts {
  /** ICE credentials. */
  credentials: { usernameFragment: string; password: string };
  /** Values of `a=candidate`. */
  candidates: readonly string[];
  /** Of our certificate. */
  fingerprints: readonly { algorithm: string; value: string }[];
  /** SSRCs and name of the pictures. */
  identity: RtpIdentity;
  /** Those of the sound, with the same name; needed for an offer with sound. */
  audioIdentity?: RtpIdentity;
  /** Becomes the id of the page's `MediaStream`, as far as its characters allow. */
  streamName: string;
  /** Most bits a second that the peer shall send of pictures; needed for an offer whose pictures we take. */
  maxReceiveBitrate?: number;
}

/** Bits a second that a peer begins with at most: much at once is lost on a slow line. */
const maxStartBitrate = 2_000_000;
/** What of the most it begins with. */
const startShare = 0.8;

/**
 * Writes the answer to an offer (RFC 9429, 5.3): video and audio with the codecs chosen, the data channel
 * if there is one; what else is bundled with them is kept without a use, all else refused. Complete: candidates inside, none to follow.
 */
export function writeAnswer(offer: PeerOffer, parts: AnswerParts): string {
  const mids = offer.bundle.flatMap((index) => {
    const section = offer.sections[index];
    return (section && findAttribute(section, 'mid')) ?? [];
  });
  const lines = [
    'v=0',
    `o=- ${parts.identity.ssrc} 2 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...(mids.length > 0 ? [`a=group:BUNDLE ${mids.join(' ')}`] : []),
    `a=msid-semantic: WMS ${streamId(parts.streamName)}`,
  ];
  const { video, audio, data } = offer;
  offer.sections.forEach((section, index) => {
    if (index === video?.index) lines.push(...videoLines(offer, section, video, parts));
    else if (index === audio?.index) lines.push(...audioLines(offer, section, audio, parts));
    else if (index === data?.index) lines.push(...dataLines(offer, section, parts));
    else if (offer.bundle.includes(index)) lines.push(...idleLines(offer, section, parts));
    else lines.push(...refusal(offer, section, parts));
  });
  return `${lines.join('\r\n')}\r\n`;
}

function videoLines(
  offer: PeerOffer,
  section: SdpSection,
  video: OfferedVideo,
  parts: AnswerParts,
): string[] {
  const { payloadType, encodingName, rtxPayloadType, feedback } = video.codec;
  const parameters = videoParameters(video, parts.maxReceiveBitrate);
  const kinds = [
    feedback.nack && 'nack',
    feedback.pli && 'nack pli',
    feedback.fir && 'ccm fir',
    feedback.remb && 'goog-remb',
    feedback.transportCc && 'transport-cc',
  ].filter((kind) => kind !== false);
  const rtx = rtxPayloadType !== null;
  return [
    `m=video 9 ${section.protocol} ${payloadType}${rtx ? ` ${rtxPayloadType}` : ''}`,
    ...mediaLines(offer, section, video, parts),
    `a=rtpmap:${payloadType} ${encodingName}/90000`,
    ...(parameters.length === 0 ? [] : [`a=fmtp:${payloadType} ${parameters.join(';')}`]),
    ...kinds.map((kind) => `a=rtcp-fb:${payloadType} ${kind}`),
    ...(rtx
      ? [`a=rtpmap:${rtxPayloadType} rtx/90000`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`]
      : []),
    ...trackLines('video', video, parts.identity, parts, rtx),
  ];
}

/**
 * As offered, and where the peer's bandwidth estimate begins: Chromium takes 300 kbit/s otherwise, and shrinks a
 * camera's pictures for the first 20 s. Others pass over what they do not know (RFC 8866, 6.15).
 */
function videoParameters(
  { receive, codec }: OfferedVideo,
  maxReceiveBitrate: number | undefined,
): string[] {
  const parameters = codec.parameters === null ? [] : [codec.parameters];
  if (!receive || maxReceiveBitrate === undefined) return parameters;
  const start = Math.min(maxReceiveBitrate * startShare, maxStartBitrate);
  return [...parameters, `x-google-start-bitrate=${Math.max(1, Math.round(start / 1000))}`];
}

function audioLines(
  offer: PeerOffer,
  section: SdpSection,
  audio: OfferedAudio,
  parts: AnswerParts,
): string[] {
  const { payloadType, encodingName, stereo } = audio.codec;
  return [
    `m=audio 9 ${section.protocol} ${payloadType}`,
    ...mediaLines(offer, section, audio, parts),
    `a=rtpmap:${payloadType} ${encodingName}/48000/2`,
    `a=fmtp:${payloadType} minptime=10;useinbandfec=1${stereo ? ';stereo=1' : ''}`,
    ...trackLines('audio', audio, parts.audioIdentity ?? parts.identity, parts),
  ];
}

/** What follows the `m=` line in every section of media that is in use. */
function mediaLines(
  offer: PeerOffer,
  section: SdpSection,
  media: OfferedMedia,
  parts: AnswerParts,
): string[] {
  return [
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...transportLines(offer, section, parts),
    `a=${directionOf(media)}`,
    'a=rtcp-mux',
    ...(findAttribute(section, 'rtcp-rsize') === undefined ? [] : ['a=rtcp-rsize']),
    ...extensionLines(media.extensions),
  ];
}

function directionOf({ send, receive }: MediaDirections): string {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

/** Names the track and its SSRCs; empty where we send nothing. Sound and pictures are of one stream: played in step. */
function trackLines(
  kind: 'audio' | 'video',
  media: OfferedMedia,
  { ssrc, rtxSsrc, cname }: RtpIdentity,
  parts: AnswerParts,
  rtx = false,
): string[] {
  if (!media.send) return [];
  const msid = `${streamId(parts.streamName)} ${kind}-${ssrc}`;
  return [
    `a=msid:${msid}`,
    ...(rtx ? [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`] : []),
    ...[ssrc, ...(rtx ? [rtxSsrc] : [])].flatMap((id) => [
      `a=ssrc:${id} cname:${cname}`,
      `a=ssrc:${id} msid:${msid}`,
    ]),
  ];
}

function dataLines(offer: PeerOffer, section: SdpSection, parts: AnswerParts): string[] {
  const draft = section.protocol === 'DTLS/SCTP';
  return [
    `m=application 9 ${draft ? 'DTLS/SCTP 5000' : 'UDP/DTLS/SCTP webrtc-datachannel'}`,
    'c=IN IP4 0.0.0.0',
    ...transportLines(offer, section, parts),
    draft ? 'a=sctpmap:5000 webrtc-datachannel 65535' : 'a=sctp-port:5000',
    `a=max-message-size:${maxMessageSize}`,
  ];
}

function transportLines(offer: PeerOffer, section: SdpSection, parts: AnswerParts): string[] {
  return [
    ...parts.candidates.map((candidate) => `a=candidate:${candidate}`),
    'a=end-of-candidates',
    ...credentialLines(offer, section, parts),
  ];
}

function credentialLines(offer: PeerOffer, section: SdpSection, parts: AnswerParts): string[] {
  const { credentials, fingerprints } = parts;
  const mid = findAttribute(section, 'mid');
  return [
    `a=ice-ufrag:${credentials.usernameFragment}`,
    `a=ice-pwd:${credentials.password}`,
    ...fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${offer.dtls.setup === 'passive' ? 'active' : 'passive'}`,
    ...(mid === undefined ? [] : [`a=mid:${mid}`]),
  ];
}

function extensionLines(extensions: OfferedExtensions): string[] {
  return extensionNames.flatMap((name) => {
    const extension = extensions[name];
    if (extension === undefined) return [];
    const direction = extension.oneWay ? '/sendonly' : '';
    return [`a=extmap:${extension.id}${direction} ${extensionUri(name)}`];
  });
}

/**
 * A section that shares our transport and that we have no use for. Refusing it would take the transport
 * away when it is the bundle's first (RFC 9143, 7.3.3), as Chromium's and aiortc's errors then say.
 */
function idleLines(offer: PeerOffer, section: SdpSection, parts: AnswerParts): string[] {
  return [
    `m=${section.kind} 9 ${section.protocol} ${section.formats.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...transportLines(offer, section, parts),
    'a=inactive',
    ...formatLines(section),
  ];
}

/** Port 0, and the formats as they were (RFC 3264, 6). aiortc insists on the rest here too. */
function refusal(offer: PeerOffer, section: SdpSection, parts: AnswerParts): string[] {
  return [
    `m=${section.kind} 0 ${section.protocol} ${section.formats.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    ...credentialLines(offer, section, parts),
    'a=inactive',
    ...formatLines(section),
  ];
}

/** The formats of a section without a use, as they were offered. */
function formatLines(section: SdpSection): string[] {
  if (section.kind !== 'audio' && section.kind !== 'video') return [];
  const listed = new Set(section.formats);
  return [
    'a=rtcp-mux',
    ...section.attributes
      .filter(({ name }) => name === 'rtpmap' || name === 'fmtp')
      .filter(({ value }) => listed.has(value.split(' ', 1)[0] ?? ''))
      .map(({ name, value }) => `a=${name}:${value}`),
  ];
}

/** Characters that `msid` allows (RFC 8830, 2), at most 64. */
function streamId(name: string): string {
  return name.replace(/[^A-Za-z0-9!#$%&'*+\-.^_`{|}~]/g, '-').slice(0, 64) || 'framegear';
}
