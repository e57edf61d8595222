import {
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  FF_ENCODER_LIBMP3LAME,
  FF_ENCODER_LIBOPUS,
} from 'node-av/constants';
import type { AVSampleFormat, FFAudioEncoder } from 'node-av/constants';

import type { AudioFileFormat } from './audio-file-formats.js';

/** How FFmpeg makes a file of compressed sound. */
export interface CompressedFileFormat {
  /** FFmpeg's name of the encoder. */
  encoder: FFAudioEncoder;
  /** FFmpeg's name of the container. */
  container: string;
  /** Of the samples the encoder takes. */
  sampleFormat: AVSampleFormat;
  /** Rates it takes, rising. */
  sampleRates: readonly number[];
  /** Bits per second of one channel, if nothing else is said. */
  bitrate: number;
}

/** Those that FFmpeg makes. */
export const compressedFormats: Record<Exclude<AudioFileFormat, 'wav'>, CompressedFileFormat> = {
  mp3: {
    encoder: FF_ENCODER_LIBMP3LAME,
    container: 'mp3',
    sampleFormat: AV_SAMPLE_FMT_S16P,
    sampleRates: [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000],
    bitrate: 64_000,
  },
  opus: {
    encoder: FF_ENCODER_LIBOPUS,
    container: 'ogg',
    sampleFormat: AV_SAMPLE_FMT_S16,
    sampleRates: [8000, 12_000, 16_000, 24_000, 48_000],
    bitrate: 32_000,
  },
};
