import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { SourceError } from '../errors.js';
import { VideoFrame } from '../media/video-frame.js';
import type { MediaSource, SourceFactory, SourceInfo, SourceOptions } from './media-source.js';
import { listPictures, picturesVersion } from './picture-list.js';
import type { PictureItem, PictureList } from './picture-list.js';
import { SourceStop } from './source-stop.js';

/** Pictures per second of a pattern. */
const sequenceFramerate = 30;
/** Pictures per second of a single picture, which never changes. */
const stillFramerate = 5;
/** Larger pictures are scaled down to fit in here: cameras' photos are larger than any viewer shows. */
const maxSize = { width: 1920, height: 1080 };

/**
 * Picture files, at `options.framerate`: a pattern's files one after another (default 30 per second),
 * a single picture for ever (default 5), an animation as it says.
 */
export function pictureSourceFactory(spec: string, options: SourceOptions): SourceFactory {
  let version: string | null = null;
  let known = false;
  const list = async (): Promise<PictureList> => {
    version = await picturesVersion(spec);
    const pictures = await listPictures(spec, known);
    known = true;
    return pictures;
  };
  return {
    label: spec,
    reopenable: true,
    create: () => new PictureSource(spec, list, options),
    changed: async () => {
      const now = await picturesVersion(spec);
      return now !== null && now !== version;
    },
  };
}

interface Size {
  width: number;
  height: number;
}

/** Draws pictures with sharp, one when asked for one, all in the size of the first. */
class PictureSource implements MediaSource {
  readonly #spec: string;
  readonly #list: () => Promise<PictureList>;
  readonly #options: SourceOptions;
  readonly #stop: SourceStop = new SourceStop();
  #pictures: PictureList = { items: [], endless: false };
  #next = 0;
  #timeMs = 0;
  #size: Size | null = null;
  #broken: ReadonlySet<string> = new Set();
  /** What is wrong with the first broken picture. */
  #reason: string | null = null;
  /** A single picture is drawn once. */
  #still: VideoFrame | null = null;
  #ahead: VideoFrame | null = null;
  #info: SourceInfo | null = null;

  constructor(spec: string, list: () => Promise<PictureList>, options: SourceOptions) {
    this.#spec = spec;
    this.#list = list;
    this.#options = options;
  }

  get info(): SourceInfo | null {
    return this.#info;
  }

  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#stop.starting(
      signal,
      () => undefined,
      async () => {
        this.#pictures = await this.#list();
        const first = await this.#read();
        if (first === null) return;
        this.#ahead = first;
        const { codedWidth, codedHeight } = first;
        const framerate = this.#framerate;
        this.#info = { codedWidth, codedHeight, framerate, live: false, pacing: 'timestamp' };
      },
    );
  }

  async read(): Promise<VideoFrame | null> {
    return this.#stop.reading(async () => {
      const ahead = this.#ahead;
      this.#ahead = null;
      return ahead ?? (await this.#read());
    });
  }

  stop(): Promise<void> {
    return this.#stop.stop(
      () => undefined,
      () => {
        this.#ahead?.close();
        this.#still?.close();
      },
    );
  }

  get #framerate(): number {
    const { items, endless } = this.#pictures;
    const usual = endless && items.length === 1 ? stillFramerate : sequenceFramerate;
    return this.#options.framerate ?? usual;
  }

  async #read(): Promise<VideoFrame | null> {
    for (;;) {
      if (this.#stop.stopped) return null;
      const item = this.#pictures.items[this.#next];
      if (item === undefined) {
        if (!(await this.#startOver())) return null;
        continue;
      }
      this.#next += 1;
      const durationMs = item.durationMs ?? 1000 / this.#framerate;
      const frame = await this.#frameOf(item, durationMs);
      if (frame === null) continue;
      this.#timeMs += durationMs;
      return frame;
    }
  }

  async #startOver(): Promise<boolean> {
    const { items, endless } = this.#pictures;
    if (this.#size === null) throw this.#nothingReadable(items);
    if (!endless && this.#options.loop !== true) return false;
    // Pictures may have been added; when all are gone it ends.
    if (!endless) this.#pictures = await this.#list();
    this.#next = 0;
    const { items: now } = this.#pictures;
    if (now.every(({ file }) => this.#broken.has(file))) throw this.#nothingReadable(now);
    return true;
  }

  async #frameOf(item: PictureItem, durationMs: number): Promise<VideoFrame | null> {
    const times = {
      timestamp: Math.round(this.#timeMs * 1000),
      duration: Math.round(durationMs * 1000),
    };
    if (this.#still !== null) return this.#still.clone(times);
    try {
      const frame = await VideoFrame.fromSharp(await this.#draw(item), times);
      this.#size ??= { width: frame.codedWidth, height: frame.codedHeight };
      if (this.#pictures.endless && this.#pictures.items.length === 1) this.#still = frame.clone();
      return frame;
    } catch (error) {
      if (!this.#broken.has(item.file)) this.#leaveOut(item.file, error);
      return null;
    }
  }

  #leaveOut(file: string, error: unknown): void {
    const { logger } = this.#options;
    this.#broken = new Set([...this.#broken, file]);
    this.#reason ??= firstLine(error);
    logger.debug({ err: error }, `${file} is no readable picture`);
    // Of a single picture, the error says it that follows.
    if (this.#pictures.items.length === 1) return;
    logger.warn(`${file} is no readable picture, left out: ${firstLine(error)}`);
  }

  async #draw({ file, page }: PictureItem): Promise<Sharp> {
    // By its bytes: by its name libvips may remember what the file was before.
    const upright = sharp(await readFile(file), { page }).autoOrient();
    const fitted =
      this.#size === null
        ? upright.resize({ ...maxSize, fit: 'inside', withoutEnlargement: true })
        : upright.resize({ ...this.#size, fit: 'contain', background: 'black' });
    return fitted.flatten({ background: 'white' });
  }

  #nothingReadable(items: readonly PictureItem[]): SourceError {
    const reason = this.#reason ?? 'no reason given';
    // An animation is one file of many pictures.
    const files = new Set(items.map(({ file }) => file)).size;
    const what =
      files === 1
        ? `is damaged or no picture (${reason}): save it anew as PNG or JPEG`
        : `matches ${files} files, but none is a readable picture; of the first: ${reason}`;
    return new SourceError(`${this.#spec} ${what}`, { code: 'source-unreadable' });
  }
}

/** What an error says, without the lines that libraries add. */
function firstLine(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.split('\n', 1)[0] ?? said;
}
