import type { Logger } from '../logger.js';
import type { AudioData } from '../media/audio-data.js';
import { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import type {
  MediaSource,
  SourceFactory,
  SourceInfo,
  SourceItem,
  SourceWants,
} from '../source/source-factory.js';
import { InvalidStateError } from '../errors.js';
import { sleep } from '../util/sleep.js';
import { Pacer, gapMs } from './pacer.js';

/** Sound of a source that does not keep time itself is taken no earlier than this, ms, before it is due. */
const soundLeadMs = 500;

/** What {@link SourceReader.play} calls on its way. */
export interface SourceListener {
  /** The source is open; frames come once this resolves. */
  opened(info: SourceInfo): Promise<void>;
  /** What is known of the source has changed while it is read. */
  changed(info: SourceInfo): void;
  /** A compressed picture is due now, where they were asked for; its timestamp is on the stream's clock. */
  chunk(chunk: EncodedVideoChunk): void;
  /** A frame is due now; its timestamp is on the stream's clock. The listener owns it. */
  frame(frame: VideoFrame): void;
  /** Sound, where it was asked for; its time on the stream's clock is in µs. The listener owns it. */
  audio(audio: AudioData, timestamp: number): void;
  /** The frame that follows came long after it was due. */
  late(): void;
  /** Resolves when somebody is ready for pictures, or the reader is told to stop. */
  audience(): Promise<void>;
}

/**
 * One source, opened and read at its pace. A source that cannot be opened twice (a user's object or
 * iterable) is kept while nobody watches, together with the read it has not answered yet.
 */
export class SourceReader {
  readonly #factory: SourceFactory;
  readonly #logger: Logger;
  #source: MediaSource | null = null;
  #pendingRead: Promise<SourceItem | null> | null = null;
  #wants: SourceWants = { frames: true, chunks: false, audio: false };
  #giveUp: (() => void) | null = null;

  constructor(factory: SourceFactory, logger: Logger) {
    this.#factory = factory;
    this.#logger = logger;
  }

  /** What the source is asked for; at any time. Default: frames. One that gives nothing else gives them in any case. */
  want(wants: SourceWants): void {
    this.#wants = wants;
    this.#tellWants();
  }

  /**
   * Opens the source where it is not open, and reads it until it ends (`ended`) or `signal` aborts
   * (`aborted`).
   *
   * @param delayMs - Wait between opening and the first picture.
   * @throws what the source throws.
   */
  async play(
    listener: SourceListener,
    delayMs: number,
    signal: AbortSignal,
  ): Promise<'ended' | 'aborted'> {
    const source = (this.#source ??= this.#factory.create());
    this.#tellWants();
    // Also one that is kept, but whose start was broken off.
    if (source.info === null) await source.start?.({ signal });
    if (signal.aborted) return 'aborted';
    const info = source.info;
    if (info === null) throw new InvalidStateError(`${this.#factory.label} started without info`);
    await listener.opened(info);
    await sleep(delayMs, signal);
    // What happens now happens unseen; what has a beginning waits for its viewers.
    if (info.pacing !== 'arrival') await listener.audience();
    const abort = (): void => this.#giveUp?.();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await this.#pump(source, info, listener, signal);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #pump(
    source: MediaSource,
    info: SourceInfo,
    listener: SourceListener,
    signal: AbortSignal,
  ): Promise<'ended' | 'aborted'> {
    const pacer = new Pacer(info.pacing);
    let lastsMs = 0;
    let known = info;
    let passed = -Infinity;
    while (!signal.aborted) {
      const asked = performance.now();
      const item = await this.#read(source);
      if (item === 'aborted') break;
      if (source.info !== null && source.info !== known) listener.changed((known = source.info));
      if (item === null) {
        // The last picture stands for its time as all others did.
        await sleep(info.live ? 0 : lastsMs, signal);
        return signal.aborted ? 'aborted' : 'ended';
      }
      if (item.kind === 'audio') {
        await this.#hear(item.audio, pacer, info, listener, signal);
        continue;
      }
      const picture = item.kind === 'frame' ? item.frame : item.chunk;
      lastsMs = (picture.duration ?? 1_000_000 / (info.framerate ?? 30)) / 1000;
      const { timestamp } = picture;
      // A decoder that begins late gives what was passed on already: that is no sign of the source being late.
      const again = item.kind === 'frame' && timestamp <= passed;
      if (item.kind === 'chunk') passed = timestamp;
      const time = again
        ? pacer.place(timestamp)
        : await pacer.wait(timestamp, performance.now() - asked, signal);
      if (!again && pacer.late && !signal.aborted) listener.late();
      if (!signal.aborted) handOver(item, time, listener);
      if (item.kind === 'frame') item.frame.close();
    }
    return 'aborted';
  }

  async #hear(
    audio: AudioData,
    pacer: Pacer,
    info: SourceInfo,
    listener: SourceListener,
    signal: AbortSignal,
  ): Promise<void> {
    const time = pacer.place(audio.timestamp);
    const earlyMs = time / 1000 - performance.now();
    // A jump in the times is no reason to wait: the next picture sets the clock anew.
    if (info.pacing !== 'arrival' && earlyMs > soundLeadMs && earlyMs <= gapMs) {
      await sleep(earlyMs - soundLeadMs, signal);
    }
    if (signal.aborted) audio.close();
    else listener.audio(audio, time);
  }

  #tellWants(): void {
    const source = this.#source;
    if (source?.next !== undefined) source.wants = this.#wants;
  }

  /** Lets go of the source after `play()` has returned, unless it has to be kept for later. */
  async release(): Promise<void> {
    if (this.#factory.reopenable) await this.close();
  }

  /** Stops the source for good. */
  async close(): Promise<void> {
    const source = this.#source;
    const pending = this.#pendingRead;
    this.#source = null;
    this.#pendingRead = null;
    // A read that is answered after all must not leave its frame open.
    pending?.then((item) => item?.kind === 'frame' && item.frame.close()).catch(() => undefined);
    try {
      await source?.stop();
    } catch (error) {
      this.#logger.warn({ err: error }, `${this.#factory.label} failed while it was stopped`);
    }
  }

  /** One read; `aborted` when the signal aborts first, and then the answer is kept for later. */
  #read(source: MediaSource): Promise<SourceItem | null | 'aborted'> {
    return new Promise((resolve, reject) => {
      const pending = (this.#pendingRead ??= nextOf(source));
      let waiting = true;
      this.#giveUp = (): void => {
        waiting = false;
        resolve('aborted');
      };
      const answered = (): boolean => {
        if (waiting) this.#pendingRead = null;
        return waiting;
      };
      pending.then(
        (item) => answered() && resolve(item),
        (error: unknown) => {
          if (answered()) reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }
}

/** @param time - On the stream's clock, µs. */
function handOver(
  item: Exclude<SourceItem, { kind: 'audio' }>,
  time: number,
  listener: SourceListener,
): void {
  if (item.kind === 'frame') {
    listener.frame(item.frame.clone({ timestamp: time }));
    return;
  }
  const { type, data, duration } = item.chunk;
  const times = { timestamp: time, ...(duration === null ? {} : { duration }) };
  listener.chunk(new EncodedVideoChunk({ type, data, ...times }));
}

async function nextOf(source: MediaSource): Promise<SourceItem | null> {
  if (source.next !== undefined) return source.next();
  const frame = await source.read();
  return frame === null ? null : { kind: 'frame', frame };
}
