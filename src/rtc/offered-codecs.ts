import type { AudioCodecName } from '../media/encoded-audio-chunk.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
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
  // Profile 0 is 8 bit 4:2:0, and the default (RFC 9628, 6).
  if (codec === 'vp9') return (parameters.get('profile-id') ?? '0') === '0' ? 0 : null;
  if (codec !== 'h264' || parameters.get('packetization-mode') !== '1') return null;
  return rankH264(parameters.get('profile-level-id') ?? '42000a');
}

/**
 * We encode constrained baseline. Every profile here can decode it: itself, baseline, main and
 * high (RFC 6184, 8.1; without the parameter an offer means baseline).
 */
function rankH264(profileLevelId: string): number | null {
  if (!/^[0-9a-f]{6}$/.test(profileLevelId)) return null;
  const profile = profileLevelId.slice(0, 2);
  const constraintSet1 = (Number.parseInt(profileLevelId.slice(2, 4), 16) & 0x40) !== 0;
  if (profile === '42') return constraintSet1 ? 0 : 1;
  if (profile === '4d') return 2;
  return profile === '64' ? 3 : null;
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
