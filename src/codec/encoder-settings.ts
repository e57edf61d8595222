import { availableParallelism } from 'node:os';
import process from 'node:process';
import {
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import type { AVPixelFormat, FFEncoderCodec } from 'node-av/constants';
import type { VideoEncoderConfig } from './encoder-config.js';

/** How one FFmpeg encoder is set up. */
export interface EncoderSettings {
  /** FFmpeg's name of it. */
  encoder: FFEncoderCodec;
  /** Pixels it is opened for; `inputFormat` says what it is handed. */
  pixelFormat: AVPixelFormat;
  /** Threads inside the encoder. */
  threads: number;
  /** Its own options. */
  options: Record<string, string>;
  /** Seconds of `bitrate` that one picture may run ahead of the plan. */
  bufferSeconds: number;
  /**
   * How a running encoder is told of a new bit rate. `live`: it obeys; such encoders spend bits by the frame, so they
   * are also told of a frame rate that is not what was planned. `time`: it obeys nothing, but spends bits by time, so its clock is
   * made to run faster or slower. `restart`: only a new start will do.
   */
  bitrateChange: 'live' | 'time' | 'restart';
  /**
   * When a picture comes out. `at-once`: as soon as its frame has gone in, so that waiting for it needs no thread. `soon`: the
   * encoder works on by itself, and is asked again until it is done. `later`: it may hold the first ones back.
   */
  delivery: 'at-once' | 'soon' | 'later';
  /** True when frames must be brought to a VAAPI device first. */
  vaapi?: boolean;
}

/** Key frames come when asked for; this is never reached. */
export const endlessGop: number = 1 << 30;

const p720at30 = 1280 * 720 * 30;

/** Settings of the software encoder for a codec; every FrameGear has these. */
export function softwareSettings(config: VideoEncoderConfig): EncoderSettings {
  return { h264: x264, vp8: libvpxVp8, vp9: libvpxVp9, av1: svtAv1 }[config.codec](config);
}

/**
 * `superfast` costs 3 ms for 720p and is as good as `veryfast` at 5 (40.2 dB at 1.5 Mbit/s, `ultrafast`
 * at 1.9 ms: 39.0). A picture may run 0.4 s of bits ahead: that makes key frames of 27 KB in
 * place of 84 at 1.5 Mbit/s, for 1 to 2 dB in that one picture.
 */
function x264(config: VideoEncoderConfig): EncoderSettings {
  return {
    encoder: FF_ENCODER_LIBX264,
    pixelFormat: AV_PIX_FMT_YUV420P,
    threads: threadsFor(config),
    options: {
      profile: 'baseline',
      preset: 'superfast',
      tune: 'zerolatency',
      'forced-idr': '1',
      a53cc: '0',
      // Cuts are left to intra blocks: a key frame is what a viewer asks for.
      sc_threshold: '0',
    },
    bufferSeconds: 0.4,
    bitrateChange: 'live',
    delivery: 'at-once',
  };
}

/**
 * A negative `cpu-used` is a fixed speed; a positive one lets libvpx take a share of the core, found out with a
 * clock. Per 720p frame at 1.5 Mbit/s: -4 costs 9.7 ms (40.0 dB), -6 5.3 (39.9), -10 4.3 (39.7), -12
 * 3.8 (39.6), -16 3.1 (37.7).
 */
function libvpxVp8(config: VideoEncoderConfig): EncoderSettings {
  const speed = pixelRate(config) <= p720at30 / 3 ? -6 : pixelRate(config) <= p720at30 ? -10 : -12;
  return {
    encoder: FF_ENCODER_LIBVPX_VP8,
    pixelFormat: AV_PIX_FMT_YUV420P,
    threads: threadsFor(config),
    options: { ...libvpxOptions, 'cpu-used': String(speed) },
    bufferSeconds: 1,
    bitrateChange: 'time',
    delivery: 'at-once',
  };
}

/** 8 is the fastest that FFmpeg lets through: 8.1 ms per 720p frame (40.4 dB). */
function libvpxVp9(config: VideoEncoderConfig): EncoderSettings {
  const threads = threadsFor(config);
  return {
    encoder: FF_ENCODER_LIBVPX_VP9,
    pixelFormat: AV_PIX_FMT_YUV420P,
    threads,
    options: {
      ...libvpxOptions,
      'cpu-used': '8',
      'aq-mode': '3',
      'row-mt': threads > 1 ? '1' : '0',
      'tile-columns': threads > 1 ? '1' : '0',
    },
    bufferSeconds: 1,
    bitrateChange: 'time',
    delivery: 'at-once',
  };
}

/**
 * Preset 12 in its mode for live video: 2.7 ms of CPU per 360p frame, 7.5 for 720p, done 3 ms after the frame. A key frame
 * at 500 kbit/s has 9 KB. Its rate control cannot be told anything while it runs.
 */
function svtAv1(config: VideoEncoderConfig): EncoderSettings {
  // It writes about itself to the terminal, past FFmpeg's log.
  process.env['SVT_LOG'] ??= '-1';
  const parallelism = threadsFor(config);
  return {
    encoder: FF_ENCODER_LIBSVTAV1,
    pixelFormat: AV_PIX_FMT_YUV420P,
    threads: parallelism,
    options: { preset: '12', 'svtav1-params': `pred-struct=1:rtc=1:lp=${parallelism}` },
    bufferSeconds: 0.4,
    bitrateChange: 'restart',
    delivery: 'soon',
  };
}

const libvpxOptions: Record<string, string> = {
  deadline: 'realtime',
  'lag-in-frames': '0',
  'auto-alt-ref': '0',
  'error-resilient': 'default',
  'static-thresh': '1',
  'undershoot-pct': '50',
  'overshoot-pct': '50',
};

/** A second thread beyond 720p30, if there is a core for it; four for 4K. */
function threadsFor(config: VideoEncoderConfig): number {
  const rate = pixelRate(config);
  const wanted = rate <= 1.1 * p720at30 ? 1 : rate <= 5 * p720at30 ? 2 : 4;
  return Math.min(wanted, availableParallelism());
}

function pixelRate({ width, height, framerate }: VideoEncoderConfig): number {
  return width * height * framerate;
}

/** Pixel format of the frames that an encoder with these settings is handed. */
export function inputFormat(settings: EncoderSettings): AVPixelFormat {
  return settings.vaapi ? AV_PIX_FMT_NV12 : settings.pixelFormat;
}
