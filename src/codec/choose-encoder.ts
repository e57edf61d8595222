import type { Logger } from '../logger.js';
import { EncodingError } from '../errors.js';
import { EncoderContext } from './encoder-context.js';
import type { EncodedPicture, EncoderShape } from './encoder-context.js';
import type { VideoEncoderConfig } from './encoder-config.js';
import { inputFormat, softwareSettings } from './encoder-settings.js';
import type { EncoderSettings } from './encoder-settings.js';
import { FramePool } from './frame-pool.js';
import { hardwareSettings } from './hardware-settings.js';

/** Frames an encoder may swallow in its self-test before the first one comes out. */
const patience = 4;

/** What was said already: a stream opens an encoder for each size it is sent in, and again as viewers come and go. */
const said = new Set<string>();

/**
 * Settings of the encoder to use. With `prefer-hardware` each one that this machine may have encodes a
 * picture first; what says it opens does not always work. Falls back to software with a warning.
 */
export async function chooseEncoder(
  config: VideoEncoderConfig,
  shape: EncoderShape,
  logger: Logger,
): Promise<{ settings: EncoderSettings; hardware: boolean }> {
  const software = softwareSettings(config);
  if (config.hardwareAcceleration !== 'prefer-hardware') {
    return { settings: software, hardware: false };
  }
  const reasons: string[] = [];
  for (const settings of hardwareSettings(config.codec)) {
    try {
      await selfTest(settings, shape);
      const text = `encoding ${config.codec} in hardware`;
      logger[firstTime(config.codec, settings) ? 'info' : 'debug'](
        { encoder: settings.encoder },
        text,
      );
      return { settings, hardware: true };
    } catch (error) {
      reasons.push(`${settings.encoder}: ${(error as Error).message}`);
    }
  }
  const why = reasons.length > 0 ? reasons.join('; ') : 'none is known for this platform';
  const text = `no hardware encoder for ${config.codec} works here, using ${software.encoder} (${why})`;
  logger[firstTime(config.codec, software) ? 'warn' : 'debug'](
    { codec: config.codec, reasons },
    text,
  );
  return { settings: software, hardware: false };
}

function firstTime(codec: string, { encoder }: EncoderSettings): boolean {
  const choice = `${codec}: ${encoder}`;
  if (said.has(choice)) return false;
  said.add(choice);
  return true;
}

/** Encodes gray pictures until one comes out. @throws {Error} saying what is wrong with the encoder. */
async function selfTest(settings: EncoderSettings, shape: EncoderShape): Promise<void> {
  const context = await EncoderContext.open(settings, shape);
  using pool = new FramePool(1);
  try {
    const step = Math.round(1_000_000 / shape.framerate);
    const pictures: EncodedPicture[] = [];
    for (let index = 0; index < patience && pictures.length === 0; index += 1) {
      using frame = pool.take(inputFormat(settings), shape.width, shape.height);
      frame.data?.forEach((plane) => plane.fill(128));
      pictures.push(
        ...(await context.encode(frame, { time: index * step, duration: step }, index === 0)),
      );
    }
    const [first] = pictures;
    if (first === undefined) throw new EncodingError(`no picture out of ${patience} frames`);
    if (!first.key) throw new EncodingError('the first picture is no key frame');
  } finally {
    context.close();
  }
}
