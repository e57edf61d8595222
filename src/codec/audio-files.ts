import { EncodingError, InvalidStateError, StreamError } from '../errors.js';
import type { AudioData } from '../media/audio-data.js';
import { checkAudio, checkAudioChoice, checkAudioInteger } from './audio-checks.js';
import { audioFileFormats } from './audio-file-formats.js';
import type { AudioFileFormat } from './audio-file-formats.js';
import { compressedFormats } from './compressed-formats.js';
import { AudioFileReader } from './audio-file-reader.js';
import { AudioFileWriter } from './audio-file-writer.js';
import { resampleAudio } from './audio-tools.js';
import { recentFfmpegErrors } from './ffmpeg-log.js';
import { wavFile } from './wav.js';

export type { AudioFileFormat } from './audio-file-formats.js';

/** How {@link audioToBytes} writes. */
export interface AudioToBytesOptions {
  /** `wav` (16 bits), `mp3`, or `opus` in Ogg. */
  format: AudioFileFormat;
  /**
   * Bits per second, 6,000 to 510,000; no meaning for `wav`. Default 64,000 a channel for `mp3`, 32,000 for
   * `opus`.
   */
  bitrate?: number;
}

/** How far {@link audioFromBytes} goes. */
export interface AudioFromBytesOptions {
  /** More sound than this is refused, 1 to 86,400,000. Default 600,000: ten minutes. */
  maxDurationMs?: number;
}

/**
 * Sound as the bytes of a file, for services that take one. Made in memory, off the event loop but for `wav`.
 * `mp3` and `opus` hold one or two channels at the rates they know: others are converted.
 *
 * @param audio - Stays the caller's.
 * @throws {TypeError} or {RangeError} naming the field.
 * @throws {InvalidStateError} for a closed `AudioData`.
 * @throws {NotSupportedError} when this FFmpeg lacks the encoder.
 * @throws {EncodingError} when FFmpeg refuses; `cause` is its error.
 */
export async function audioToBytes(
  audio: AudioData,
  options: AudioToBytesOptions,
): Promise<Buffer> {
  checkAudio('audio', audio);
  checkAudioChoice('format', options?.format, audioFileFormats);
  checkAudioInteger('bitrate', options.bitrate ?? 6000, 6000, 510_000);
  if (audio.closed) throw new InvalidStateError('AudioData is closed');
  if (options.format === 'wav') {
    return wavFile(audio.toInt16(), audio.sampleRate, audio.numberOfChannels);
  }
  const format = compressedFormats[options.format];
  const { sampleRates } = format;
  const sampleRate = sampleRates.find((rate) => rate >= audio.sampleRate) ?? 48_000;
  const numberOfChannels = Math.min(2, audio.numberOfChannels);
  const bitrate = options.bitrate ?? format.bitrate * numberOfChannels;
  const sound = resampleAudio(audio, { sampleRate, numberOfChannels });
  const writer = new AudioFileWriter(format, { sampleRate, numberOfChannels, bitrate });
  try {
    await writer.open();
    return await writer.write(sound.toInt16());
  } catch (cause) {
    if (cause instanceof StreamError) throw cause;
    throw new EncodingError(`FFmpeg could not write ${options.format}`, cause);
  } finally {
    writer.close();
  }
}

/**
 * The sound in a file of any usual kind (WAV, MP3, Ogg, FLAC, MP4, WebM and more), whole, at its own rate and
 * channels, `s16`. Damaged parts are left out. The bytes may come from strangers: nothing but them is read.
 *
 * @param bytes - Untouched until this resolves.
 * @throws {TypeError} or {RangeError} naming the field.
 * @throws {LimitExceededError} when there is more than `maxDurationMs`, code `audio-too-long`.
 * @throws {NotSupportedError} when there is no sound in the file, or of a kind that FFmpeg cannot decode.
 * @throws {EncodingError} when it is no sound file, with FFmpeg's reason.
 */
export async function audioFromBytes(
  bytes: Uint8Array,
  options: AudioFromBytesOptions = {},
): Promise<AudioData> {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`bytes: expected a Uint8Array, got ${typeof bytes}`);
  }
  const maxDurationMs = options.maxDurationMs ?? 600_000;
  checkAudioInteger('maxDurationMs', maxDurationMs, 1, 86_400_000);
  const since = Date.now();
  const reader = new AudioFileReader(bytes);
  try {
    return await reader.read(maxDurationMs);
  } catch (cause) {
    if (cause instanceof StreamError) throw cause;
    const said = (await recentFfmpegErrors(since)).at(-1) ?? (cause as Error).message;
    throw new EncodingError(`FFmpeg cannot read these bytes as sound: ${said}`, cause);
  } finally {
    await reader.close();
  }
}
