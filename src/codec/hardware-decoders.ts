import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_MJPEG,
  AV_CODEC_ID_MPEG2VIDEO,
  AV_CODEC_ID_MPEG4,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_HWDEVICE_TYPE_D3D11VA,
  AV_HWDEVICE_TYPE_VAAPI,
  AV_HWDEVICE_TYPE_VIDEOTOOLBOX,
  AV_PIX_FMT_D3D11,
  AV_PIX_FMT_VAAPI,
  AV_PIX_FMT_VIDEOTOOLBOX,
} from 'node-av/constants';
import type { AVCodecID, AVHWDeviceType, AVPixelFormat } from 'node-av/constants';

/** A way to decode in hardware. */
export interface HardwareDecoder {
  /** For logs. */
  name: string;
  /** FFmpeg's name of a decoder of its own that gives pictures in main memory; `null`: its usual one, on `device`. */
  decoder: string | null;
  /** The device that the usual decoder works on, and what its pictures are there. */
  device: { type: AVHWDeviceType; pixelFormat: AVPixelFormat } | null;
}

/** FFmpeg's names of codecs, as its hardware decoders are called after them. */
const names = new Map<AVCodecID, string>([
  [AV_CODEC_ID_H264, 'h264'],
  [AV_CODEC_ID_HEVC, 'hevc'],
  [AV_CODEC_ID_VP8, 'vp8'],
  [AV_CODEC_ID_VP9, 'vp9'],
  [AV_CODEC_ID_AV1, 'av1'],
  [AV_CODEC_ID_MPEG2VIDEO, 'mpeg2'],
  [AV_CODEC_ID_MPEG4, 'mpeg4'],
  [AV_CODEC_ID_MJPEG, 'mjpeg'],
]);

const own = (kind: string) => (codec: string) => ({
  name: `${codec}_${kind}`,
  decoder: `${codec}_${kind}`,
  device: null,
});

const on =
  (name: string, type: AVHWDeviceType, pixelFormat: AVPixelFormat) =>
  (codec: string): HardwareDecoder => ({
    name: `${codec} on ${name}`,
    // FFmpeg's first choice for AV1 is a library that knows no hardware.
    decoder: codec === 'av1' ? 'av1' : null,
    device: { type, pixelFormat },
  });

const cuvid = own('cuvid');
const qsv = own('qsv');
const v4l2m2m = own('v4l2m2m');
const vaapi = on('vaapi', AV_HWDEVICE_TYPE_VAAPI, AV_PIX_FMT_VAAPI);
const d3d11va = on('d3d11va', AV_HWDEVICE_TYPE_D3D11VA, AV_PIX_FMT_D3D11);
const videotoolbox = on('videotoolbox', AV_HWDEVICE_TYPE_VIDEOTOOLBOX, AV_PIX_FMT_VIDEOTOOLBOX);

/** In the order in which encoders are tried: cards of their own first, then what sits beside the processor. */
const byPlatform: Partial<Record<NodeJS.Platform, ((codec: string) => HardwareDecoder)[]>> = {
  linux: [cuvid, vaapi, qsv, v4l2m2m],
  win32: [cuvid, qsv, d3d11va],
  darwin: [videotoolbox],
};

/**
 * Hardware decoders worth trying for a codec, best first.
 *
 * @param platform - Default: this machine's `process.platform`.
 */
export function hardwareDecoders(
  codecId: AVCodecID,
  platform: NodeJS.Platform = process.platform,
): HardwareDecoder[] {
  const codec = names.get(codecId);
  if (codec === undefined) return [];
  return (byPlatform[platform] ?? []).map((kind) => kind(codec));
}
