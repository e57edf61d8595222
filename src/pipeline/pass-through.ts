import type { Logger } from '../logger.js';
import type {
  EncodedPictures,
  EncodedVideoChunk,
  VideoCodecName,
} from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { EncodedInfo, SourceInfo } from '../source/source-factory.js';
import { GroupMeter } from './group-meter.js';

/** A link that bears this part of a source's mean bit rate keeps up with it for a while. */
const minShare = 0.8;
/** So much above what is allowed, in bits, is still taken: rates are means of some seconds. */
const tolerated = 1.2;

/** What a {@link PassThrough} goes by. */
export interface PassThroughOptions {
  /** False: never. */
  enabled: boolean;
  /** Bits per second that viewers may be sent; `null` for no limit. */
  maxBitrate: number | null;
  /** Codecs that viewers may be sent; `null`, the default, for all. */
  codecs?: readonly VideoCodecName[] | null;
  /** Pictures per second that viewers may be sent; `null` for no limit. */
  framerate: number | null;
  /** Whether transforms or edits are in the way; {@link PassThrough.judge} is to be called when that changes. */
  touchesPixels: () => boolean;
  /** Whether transforms edit the sound, which is nothing in the way. Default: they do not. */
  editsSound?: () => boolean;
  logger: Logger;
  /** {@link PassThrough.rendition} is another one now. */
  changed: () => void;
}

/** Decides whether a source's compressed pictures go to viewers as they are, and measures them. */
export class PassThrough {
  readonly #options: PassThroughOptions;
  #source: SourceInfo | null = null;
  #live = true;
  #rendition: RenditionInfo | null = null;
  readonly #meter = new GroupMeter();
  #said: string | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(options: PassThroughOptions) {
    this.#options = options;
  }

  /** What viewers can be on; `null` while everything has to be encoded. */
  get rendition(): RenditionInfo | null {
    return this.#rendition;
  }

  /** True when it may be: nothing that is known before the source was opened is in the way. */
  get possible(): boolean {
    return this.#configured() === null;
  }

  /** True once the source was seen. */
  get known(): boolean {
    return this.#source !== null;
  }

  /** What a new viewer should be asked for whether it takes it; `null` for nothing. */
  get pictures(): EncodedPictures | null {
    const { codec, profile = '' } = this.#rendition ?? {};
    return codec === undefined ? null : { codec, profile };
  }

  /** Resolves when the source was seen, or so many ms later. */
  judged(waitMs: number): Promise<void> {
    if (this.known) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.#waiting.add(done);
    });
  }

  /** Notes what is known of the source: when it was opened, and when that changes. */
  opened(source: SourceInfo): void {
    const before = this.#source?.encoded;
    this.#source = source;
    const same =
      before?.codec === source.encoded?.codec && before?.profile === source.encoded?.profile;
    if (same) this.#meter.interrupt();
    else this.#meter.reset();
    this.judge();
    for (const done of [...this.#waiting]) done();
  }

  /** Whether pictures of the source come, or are about to; else viewers are shown cards, which are encoded. */
  set live(live: boolean) {
    if (this.#live === live) return;
    this.#live = live;
    this.judge();
  }

  /** Looks again at what is in the way. */
  judge(): void {
    const { logger, changed } = this.#options;
    const encoded = this.#source?.encoded ?? null;
    const why = this.#obstacle(encoded);
    const passes = why === null && encoded !== null;
    if (this.#source !== null) this.#say(passes ? describe(encoded) : (why ?? ''), passes, logger);
    const next = passes && this.#live ? this.#describe(encoded) : null;
    if (JSON.stringify(next) === JSON.stringify(this.#rendition)) return;
    this.#rendition = next;
    changed();
  }

  /** Measures a picture that is passed on. */
  note(chunk: EncodedVideoChunk): void {
    if (this.#meter.note(chunk)) this.judge();
  }

  #say(text: string, passes: boolean, logger: Logger): void {
    const sound = this.#options.editsSound?.() === true ? '; transforms edit the sound alone' : '';
    const line = passes
      ? `${text} goes out untouched to viewers that take it${sound}`
      : `the source is encoded anew: ${text}`;
    if (this.#said === line) return;
    this.#said = line;
    // Of raw pictures, as of a camera or the test source, nobody expects otherwise.
    if (passes || this.#source?.whyNotEncoded !== undefined || this.#source?.encoded) {
      logger.info(line);
    } else {
      logger.debug(line);
    }
  }

  #describe({ codec, profile, bitrate: stated }: EncodedInfo): RenditionInfo {
    const { keyFrameMs } = this.#meter;
    const bitrate = this.#meter.bitrate ?? stated ?? 0;
    return {
      id: `${codec}/source`,
      codec,
      level: 'source',
      bitrate,
      minBitrate: Math.round(bitrate * minShare),
      profile,
      ...(keyFrameMs === null ? {} : { keyFrameMs }),
    };
  }

  /** What the options say against it; `null` when nothing. */
  #configured(): string | null {
    const { enabled, touchesPixels } = this.#options;
    if (!enabled) return 'the option passThrough is off';
    return touchesPixels() ? 'transforms or edits work on its pictures' : null;
  }

  #obstacle(encoded: EncodedInfo | null): string | null {
    const configured = this.#configured();
    if (configured !== null) return configured;
    if (encoded === null) return this.#source?.whyNotEncoded ?? 'it brings no compressed pictures';
    const { codecs, framerate, maxBitrate } = this.#options;
    if (codecs?.includes(encoded.codec) === false) {
      return `the option codecs leaves out ${encoded.codec.toUpperCase()}`;
    }
    if (framerate !== null && framerate < (encoded.framerate ?? Infinity)) {
      return `the option framerate allows ${framerate} pictures a second`;
    }
    const bitrate = this.#meter.bitrate ?? encoded.bitrate ?? 0;
    if (maxBitrate !== null && bitrate > maxBitrate * tolerated) {
      return `its ${bitrate} bit/s are more than the option bitrate allows`;
    }
    return null;
  }
}

function describe({ codec, profile, codedWidth, codedHeight }: EncodedInfo): string {
  const name = codec.toUpperCase() + (profile === '' ? '' : ` (${profile})`);
  return `${name} of ${codedWidth}x${codedHeight}`;
}
