import {
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_VAAPI,
  FF_ENCODER_AV1_AMF,
  FF_ENCODER_AV1_NVENC,
  FF_ENCODER_AV1_QSV,
  FF_ENCODER_AV1_VAAPI,
  FF_ENCODER_H264_AMF,
  FF_ENCODER_H264_MF,
  FF_ENCODER_H264_NVENC,
  FF_ENCODER_H264_QSV,
  FF_ENCODER_H264_V4L2M2M,
  FF_ENCODER_H264_VAAPI,
  FF_ENCODER_H264_VIDEOTOOLBOX,
  FF_ENCODER_VP8_V4L2M2M,
  FF_ENCODER_VP8_VAAPI,
  FF_ENCODER_VP9_QSV,
  FF_ENCODER_VP9_VAAPI,
} from 'node-av/constants';
import type { FFEncoderCodec } from 'node-av/constants';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { EncoderSettings } from './encoder-settings.js';

/**
 * Hardware encoders worth trying for a codec, best first: cards of their own before what sits beside
 * the processor, and the drivers that need least before others.
 *
 * @param platform - Default: this machine's `process.platform`.
 */
export function hardwareSettings(
  codec: VideoCodecName,
  platform: NodeJS.Platform = process.platform,
): EncoderSettings[] {
  const known = { h264, vp8, vp9, av1 }[codec];
  return known.filter(({ platforms }) => platforms.includes(platform)).map(settings);
}

interface HardwareEncoder {
  encoder: FFEncoderCodec;
  platforms: NodeJS.Platform[];
  options: Record<string, string>;
  /** What it can do beside the usual. */
  traits?: Pick<EncoderSettings, 'vaapi' | 'pixelFormat'> | Pick<EncoderSettings, 'bitrateChange'>;
}

const vaapi = { vaapi: true, pixelFormat: AV_PIX_FMT_VAAPI };

const h264: HardwareEncoder[] = [
  {
    encoder: FF_ENCODER_H264_NVENC,
    platforms: ['linux', 'win32'],
    options: {
      preset: 'p3',
      tune: 'ull',
      profile: 'baseline',
      rc: 'cbr',
      zerolatency: '1',
      delay: '0',
      'forced-idr': '1',
    },
    traits: { bitrateChange: 'live' },
  },
  {
    encoder: FF_ENCODER_H264_VAAPI,
    platforms: ['linux'],
    options: { profile: 'constrained_baseline', rc_mode: 'CBR', async_depth: '1' },
    traits: vaapi,
  },
  {
    encoder: FF_ENCODER_H264_QSV,
    platforms: ['linux', 'win32'],
    options: { preset: 'veryfast', profile: 'baseline', async_depth: '1', forced_idr: '1' },
  },
  {
    encoder: FF_ENCODER_H264_AMF,
    platforms: ['win32'],
    options: {
      usage: 'ultralowlatency',
      profile: 'constrained_baseline',
      rc: 'cbr',
      forced_idr: '1',
      header_spacing: '1',
    },
  },
  { encoder: FF_ENCODER_H264_MF, platforms: ['win32'], options: { hw_encoding: '1' } },
  {
    encoder: FF_ENCODER_H264_VIDEOTOOLBOX,
    platforms: ['darwin'],
    options: { profile: 'constrained_baseline', realtime: '1', prio_speed: '1' },
  },
  { encoder: FF_ENCODER_H264_V4L2M2M, platforms: ['linux'], options: {} },
];

const vp8: HardwareEncoder[] = [
  viaVaapi(FF_ENCODER_VP8_VAAPI),
  { encoder: FF_ENCODER_VP8_V4L2M2M, platforms: ['linux'], options: {} },
];

const vp9: HardwareEncoder[] = [viaVaapi(FF_ENCODER_VP9_VAAPI), viaQsv(FF_ENCODER_VP9_QSV)];

const av1: HardwareEncoder[] = [
  {
    encoder: FF_ENCODER_AV1_NVENC,
    platforms: ['linux', 'win32'],
    options: { preset: 'p3', tune: 'ull', rc: 'cbr', delay: '0', 'forced-idr': '1' },
    traits: { bitrateChange: 'live' },
  },
  viaVaapi(FF_ENCODER_AV1_VAAPI),
  viaQsv(FF_ENCODER_AV1_QSV),
  {
    encoder: FF_ENCODER_AV1_AMF,
    platforms: ['win32'],
    options: { usage: 'ultralowlatency', rc: 'cbr', forced_idr: '1' },
  },
];

function viaVaapi(encoder: FFEncoderCodec): HardwareEncoder {
  const options = { rc_mode: 'CBR', async_depth: '1' };
  return { encoder, platforms: ['linux'], options, traits: vaapi };
}

function viaQsv(encoder: FFEncoderCodec): HardwareEncoder {
  const options = { preset: 'veryfast', async_depth: '1', forced_idr: '1' };
  return { encoder, platforms: ['linux', 'win32'], options };
}

function settings({ encoder, options, traits }: HardwareEncoder): EncoderSettings {
  return {
    encoder,
    options,
    pixelFormat: AV_PIX_FMT_NV12,
    threads: 1,
    bufferSeconds: 0.5,
    bitrateChange: 'restart',
    delivery: 'later',
    ...traits,
  };
}
