import type { AudioCodecName } from '../media/encoded-audio-chunk.js';
import type { EncodedPictures, VideoCodecName } from '../media/encoded-video-chunk.js';
import { allAttributes } from './sdp-text.js';
import type { SdpSection } from './sdp-text.js';

/** RTCP feedback that the viewer will send for a payload type and we make use of. */
export interface OfferedFeedback {
  /** Lost packets are named (RFC 4585). */
  readonly nack: boolean;
  /** A lost picture asks for a key frame (RFC 4585). */
  readonly pli: boolean;
  /** A key frame is demanded (RFC 5104). */
  readonly fir: boolean;
  /** The viewer estimates what bitrate it can take. */
  readonly remb: boolean;
  /** The viewer says when packets arrive. */
  readonly transportCc: boolean;
}

/** One codec configuration of an offer that we can send. */
export interface OfferedCodec<Codec extends VideoCodecName = VideoCodecName> {
  /** Our name of the codec. */
  readonly codec: Codec;
  /** Name as the offer spells it, e.g. `VP8`. */
  readonly encodingName: string;
  /** RTP payload type that our packets carry. */
  readonly payloadType: number;
  /** Parameters as offered, which the answer repeats; `null` without any. */
  readonly parameters: string | null;
  /** Payload type of retransmissions (RFC 4588); `null` when not offered. */
  readonly rtxPayloadType: number | null;
  /** Feedback on this payload type. */
  readonly feedback: OfferedFeedback;
}

/** Opus as an offer has it (RFC 7587). */
export interface OfferedAudioCodec {
  /** Always Opus. */
  readonly codec: AudioCodecName;
  /** Name as the offer spells it. */
  readonly encodingName: string;
  /** RTP payload type of the packets, both ways. */
  readonly payloadType: number;
  /** True when the peer can play stereo and would send it. */
  readonly stereo: boolean;
}

interface PayloadFormat {
  payloadType: number;
  encodingName: string;
  parameters: string | null;
}

const clockRates = { video: 90_000, audio: 48_000 } as const;

/** Every configuration of `section` that we can send, best first within a codec. */
export function findOfferedCodecs(section: SdpSection): OfferedCodec[] {
  const formats = readFormats(section, clockRates.video);
  const feedback = readFeedback(section);
  const found: { codec: OfferedCodec; rank: number }[] = [];
  for (const format of formats) {
    const codec = format.encodingName.toLowerCase();
    const rank = rankOf(codec, readParameters(format.parameters));
    if (rank === null) continue;
    found.push({
      rank,
      codec: {
        codec: codec as VideoCodecName,
        encodingName: format.encodingName,
        payloadType: format.payloadType,
        parameters: format.parameters,
        rtxPayloadType: findRtx(formats, format.payloadType),
        feedback: feedbackOf(feedback, format.payloadType),
      },
    });
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ codec }) => codec);
}

/**
 * The configuration of `section` that can decode compressed pictures as they are, the one of the nearest profile; `null` when none
 * can. Levels do not count: browsers offer H.264 level 3.1 and AV1 level 3.1, and decode whatever size comes.
 */
export function findUntouched(section: SdpSection, pictures: EncodedPictures): OfferedCodec | null {
  const decoders = findOfferedCodecs(section).filter(({ codec, parameters }) => {
    if (codec !== pictures.codec) return false;
    return decodesProfile(codec, readParameters(parameters), pictures.profile);
  });
  return decoders[0] ?? null;
}

/** Opus of a section of sound; `null` without it. */
export function findOpus(section: SdpSection): OfferedAudioCodec | null {
  const format = readFormats(section, clockRates.audio).find(
    ({ encodingName }) => encodingName.toLowerCase() === 'opus',
  );
  if (format === undefined) return null;
  const { encodingName, payloadType } = format;
  const stereo = readParameters(format.parameters).get('stereo') === '1';
  return { codec: 'opus', encodingName, payloadType, stereo };
}

/** What a section offers, for messages: `VP8, H264 (profile 64001f)`. */
export function describeOffered(section: SdpSection): string {
  const rate = section.kind === 'video' ? clockRates.video : null;
  const names = readFormats(section, rate)
    .filter(({ encodingName }) => !/^(rtx|red|ulpfec|flexfec.*)$/i.test(encodingName))
    .map(({ encodingName, parameters }) => {
      const values = readParameters(parameters);
      if (!/^h264$/i.test(encodingName)) return encodingName;
      const mode = values.get('packetization-mode') ?? '0';
      return `H264 (profile ${values.get('profile-level-id') ?? 'none'}, mode ${mode})`;
    });
  return [...new Set(names)].slice(0, 12).join(', ') || 'none';
}

/** The formats of one clock rate, or all of them. */
function readFormats(section: SdpSection, clockRate: number | null): PayloadFormat[] {
  const parameters = new Map<string, string>();
  for (const value of allAttributes(section, 'fmtp')) {
    const [payloadType = '', ...rest] = value.split(' ');
    parameters.set(payloadType, rest.join(' ').trim());
  }
  // Keyed by payload type: at most 128, however long a hostile offer is.
  const formats = new Map<number, PayloadFormat>();
  const listed = new Set(section.formats);
  for (const value of allAttributes(section, 'rtpmap')) {
    const [, text = '', encodingName = '', rate] =
      /^(\d{1,3}) +([A-Za-z0-9._-]+)\/(\d{1,6})\b/.exec(value) ?? [];
    if (clockRate !== null && Number(rate) !== clockRate) continue;
    const payloadType = Number(text);
    if (!listed.has(text) || payloadType > 127 || formats.has(payloadType)) continue;
    formats.set(payloadType, {
      payloadType,
      encodingName,
      parameters: parameters.get(text) ?? null,
    });
  }
  return [...formats.values()];
}

function readParameters(text: string | null): Map<string, string> {
  return new Map(
    (text ?? '').split(';').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim().toLowerCase(), value.trim().toLowerCase()];
    }),
  );
}

/** How well what we encode fits this configuration, lowest best; `null` when it does not. */
function rankOf(codec: string, parameters: Map<string, string>): number | null {
  if (codec === 'vp8') return 0;
  // Profile 0 is 8 bit 4:2:0, and the default (RFC 9628, 6; AV1's RTP payload format, 7.2.1).
  if (codec === 'vp9') return (parameters.get('profile-id') ?? '0') === '0' ? 0 : null;
  if (codec === 'av1') return (parameters.get('profile') ?? '0') === '0' ? 0 : null;
  if (codec !== 'h264' || parameters.get('packetization-mode') !== '1') return null;
  return rankH264(parameters.get('profile-level-id') ?? '42000a');
}

/** Profiles of H.264, the nearest to what we encode first. */
const h264Ranks = { constrained: 0, baseline: 1, main: 2, high: 3, high444: 4 } as const;

/**
 * We encode constrained baseline. Every profile here can decode it: itself, baseline, main and
 * high (RFC 6184, 8.1; without the parameter an offer means baseline).
 */
function rankH264(profileLevelId: string): number | null {
  if (!/^[0-9a-f]{6}$/.test(profileLevelId)) return null;
  const constraintSet1 = (Number.parseInt(profileLevelId.slice(2, 4), 16) & 0x40) !== 0;
  switch (profileLevelId.slice(0, 2)) {
    case '42':
      return constraintSet1 ? h264Ranks.constrained : h264Ranks.baseline;
    case '4d':
      return h264Ranks.main;
    case '64':
      return h264Ranks.high;
    case 'f4':
      return h264Ranks.high444;
    default:
      return null;
  }
}

/** Whether what `parameters` stand for decodes pictures of a profile. */
function decodesProfile(
  codec: VideoCodecName,
  parameters: Map<string, string>,
  profile: string,
): boolean {
  switch (codec) {
    case 'vp8':
      return true;
    case 'vp9':
      return profile === (parameters.get('profile-id') ?? '0');
    case 'av1': {
      const [own, , tier] = profile.split('-');
      return own === '0' && Number(tier) <= Number(parameters.get('tier') ?? '0');
    }
    case 'h264':
      return decodesH264(parameters.get('profile-level-id') ?? '42000a', profile);
  }
}

/**
 * Constrained baseline is part of all profiles, main has none of what else baseline has (slices in any order), high has all of
 * main, and high 4:4:4, which is what Chromium without a hardware decoder offers, all of high (ITU-T H.264, A.2).
 */
function decodesH264(offered: string, own: string): boolean {
  const [decoder, stream] = [rankH264(offered), rankH264(own.toLowerCase())];
  if (decoder === null || stream === null) return false;
  const { constrained, baseline } = h264Ranks;
  if (stream === baseline) return decoder === baseline;
  return stream <= (decoder === baseline ? constrained : decoder);
}

function findRtx(formats: PayloadFormat[], payloadType: number): number | null {
  const rtx = formats.find(
    ({ encodingName, parameters }) =>
      encodingName.toLowerCase() === 'rtx' &&
      readParameters(parameters).get('apt') === String(payloadType),
  );
  return rtx?.payloadType ?? null;
}

/** Feedback kinds by payload type, or `*`. */
function readFeedback(section: SdpSection): Map<string, Set<string>> {
  const byTarget = new Map<string, Set<string>>();
  for (const value of allAttributes(section, 'rtcp-fb')) {
    const [target = '', ...kind] = value.split(/ +/);
    const kinds = byTarget.get(target) ?? new Set();
    byTarget.set(target, kinds.add(kind.join(' ').toLowerCase()));
  }
  return byTarget;
}

function feedbackOf(feedback: Map<string, Set<string>>, payloadType: number): OfferedFeedback {
  const has = (kind: string): boolean =>
    feedback.get(String(payloadType))?.has(kind) === true || feedback.get('*')?.has(kind) === true;
  return {
    nack: has('nack'),
    pli: has('nack pli'),
    fir: has('ccm fir'),
    remb: has('goog-remb'),
    transportCc: has('transport-cc'),
  };
}
