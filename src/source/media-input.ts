import { Dictionary, FormatContext, InputFormat, Packet } from 'node-av/lib';
import type { Stream } from 'node-av/lib';
import {
  AVDISCARD_ALL,
  AVDISCARD_DEFAULT,
  AVERROR_EAGAIN,
  AVERROR_EACCES,
  AVERROR_EBUSY,
  AVERROR_ENODEV,
  AVERROR_ENOENT,
  AVERROR_EOF,
  AVERROR_INVALIDDATA,
  AVFMT_NOTIMESTAMPS,
} from 'node-av/constants';
import { recentFfmpegErrors } from '../codec/ffmpeg-log.js';
import { SourceError } from '../errors.js';
import { sleep } from '../util/sleep.js';
import { startsAsMp4 } from './file-check.js';
import { findStreams } from './find-streams.js';
import type { InputPlan } from './input-plan.js';
import type { PacketKind } from './run-clock.js';
import { sourceFailure } from './source-failure.js';
import type { FailedOperation } from './source-failure.js';

/** Longest waits for an input, ms; `Infinity` for none. */
export interface InputTimeouts {
  open: number;
  read: number;
}

/** Unreadable pieces in a row after which an input is given up. */
const maxBadReads = 100;

/** Longest wait for the picture of a live stream that has sound only, ms. */
const maxMainWaitMs = 5000;

/**
 * One opened container or device, read packet by packet: its pictures, and its sound while that is listened to; or its sound
 * alone. A watchdog ends what takes too long by FFmpeg's own interrupt, the same for every protocol.
 */
export class MediaInput {
  readonly #plan: InputPlan;
  readonly #timeouts: InputTimeouts;
  readonly #context: FormatContext = new FormatContext();
  readonly #main: PacketKind;
  #stream: Stream | null = null;
  #sound: Stream | null = null;
  #listening = false;
  #busy: Promise<unknown> = Promise.resolve();
  /** The first packet of a stream that was waited for. */
  #held: Packet | null = null;
  #interrupted = false;
  #openedAt = 0;
  /** A packet of the main stream was read. */
  #begun = false;
  /** Time spent with waiting for the next one, ms. */
  #waitedMs = 0;
  /** The watchdog has ended a call. */
  #late = false;
  #closing: Promise<void> | null = null;

  /**
   * Opens nothing yet: {@link open} does, so that it can be interrupted.
   *
   * @param main - What it cannot do without.
   */
  constructor(plan: InputPlan, timeouts: InputTimeouts, main: PacketKind = 'picture') {
    this.#plan = plan;
    this.#main = main;
    this.#timeouts = timeouts;
    // interrupt() has nothing to act on before the context is allocated.
    this.#context.allocContext();
  }

  /** The main stream: the video, or the sound of an input of sound alone. */
  get stream(): Stream {
    if (this.#stream === null) throw new Error('the input is not open');
    return this.#stream;
  }

  /** The sound beside the pictures; `null` without any. Nothing of it is read before {@link listen}. */
  get sound(): Stream | null {
    return this.#sound;
  }

  /** Length in seconds as the container states it, `null` when it does not. */
  get duration(): number | null {
    const microseconds = Number(this.#context.duration);
    return microseconds > 0 ? microseconds / 1e6 : null;
  }

  /** True for raw streams without times of their own. */
  get timeless(): boolean {
    return ((this.#context.iformat?.flags ?? 0) & AVFMT_NOTIMESTAMPS) !== 0;
  }

  /** True for a stream cut into files (HLS, DASH), which come one after another. */
  get inPieces(): boolean {
    return /^(hls|dash)/.test(this.formatName);
  }

  /** FFmpeg's name of the container. */
  get formatName(): string {
    return this.#context.iformat?.name ?? '';
  }

  /** Opens the container and finds the main stream in it. @throws {SourceError} */
  async open(): Promise<void> {
    const { format, options, alternatives = [], listens } = this.#plan;
    const inputFormat = format === null ? null : InputFormat.findInputFormat(format);
    if (format !== null && inputFormat === null) {
      throw new TypeError(`inputFormat: FFmpeg has no input format ${format}`);
    }
    const since = Date.now();
    this.#openedAt = since;
    const timeout = listens === true ? Infinity : this.#timeouts.open;
    const code = await this.#guard('open', timeout, async () => {
      let opened = await this.#openWith(inputFormat, options);
      for (const other of alternatives) {
        if (opened >= 0 || this.#interrupted || isFinal(opened)) break;
        // FFmpeg has freed the context that it could not open.
        this.#context.allocContext();
        opened = await this.#openWith(inputFormat, other);
      }
      return opened;
    });
    if (code < 0) throw await this.#failure(code, since);
    const found = await this.#guard('open', timeout, () => this.#context.findStreamInfo());
    if (found < 0 && found !== AVERROR_EOF) throw await this.#failure(found, since);
    await this.#chooseStreams();
  }

  /** Reads the sound beside the pictures from now on, or does not. */
  listen(on: boolean): void {
    if (this.#listening === on || this.#sound === null) return;
    this.#listening = on;
    this.#sound.discard = on ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }

  /**
   * The next packet.
   *
   * @returns What it is of; `null` at the end of the input.
   * @throws {SourceError} when it breaks off or stays silent for too long: sound alone is silence, where pictures should be.
   */
  async read(packet: Packet): Promise<PacketKind | null> {
    const since = Date.now();
    if (this.#takeHeld(packet)) return this.#main;
    // Between the pieces of a live stream there may be nothing for as long as one lasts.
    const timeout = this.#timeouts.read * (this.inPieces ? 3 : 1);
    for (let bad = 0; ;) {
      packet.unref();
      const code = await this.#guard('read', timeout, () => this.#context.readFrame(packet));
      if (code >= 0 && packet.streamIndex === this.stream.index) {
        this.#begun = true;
        this.#waitedMs = 0;
        return this.#main;
      }
      if (code === AVERROR_EOF || this.#interrupted) return null;
      if (code >= 0 || code === AVERROR_EAGAIN) {
        const waitedMs = Date.now() - since;
        if (this.#waitedMs + waitedMs > timeout) throw this.#silence('read');
        if (code >= 0 && this.#listening && packet.streamIndex === this.#sound?.index) {
          this.#waitedMs += waitedMs;
          return 'sound';
        }
        // Some devices do not wait themselves.
        if (code < 0) await sleep(5);
      } else if (code !== AVERROR_INVALIDDATA || ++bad >= maxBadReads) {
        throw await this.#failure(code, since);
      }
    }
  }

  /** Ends what is under way, at once; after this the input can only be closed. */
  interrupt(): void {
    this.#interrupted = true;
    if (this.#closing === null) this.#context.interrupt();
  }

  /** Interrupts and frees everything. A second call does nothing more. */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.interrupt();
      this.#closing = this.#busy
        .catch(() => undefined)
        .then(async () => {
          this.#held?.free();
          this.#held = null;
          await this.#context.closeInput();
        });
    }
    return this.#closing;
  }

  async #openWith(format: InputFormat | null, options: Record<string, string>): Promise<number> {
    using dictionary = Dictionary.fromObject(options);
    return await this.#context.openInput(this.#plan.url, format, dictionary);
  }

  /** Runs one blocking call of FFmpeg under the watchdog. */
  async #guard(
    stage: 'open' | 'read',
    timeoutMs: number,
    call: () => Promise<number>,
  ): Promise<number> {
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => {
          this.#late = true;
          this.#context.interrupt();
        }, timeoutMs)
      : undefined;
    const pending = call();
    this.#busy = pending;
    try {
      const code = await pending;
      // The interrupted call may still deliver what it had; it is the next one that fails then.
      if (this.#late && !this.#interrupted && code < 0) throw this.#silence(stage);
      return code;
    } finally {
      clearTimeout(timer);
    }
  }

  #silence(stage: 'open' | 'read'): SourceError {
    const seconds = Math.round(this.#timeouts[stage] / 100) / 10;
    const what =
      stage === 'open'
        ? `has not answered for ${seconds} s: is it switched on and reachable?`
        : `has sent nothing for ${seconds} s`;
    return new SourceError(`${this.#plan.label} ${what}`, { code: 'timed-out', retryable: true });
  }

  async #failure(code: number, since: number): Promise<SourceError> {
    const { label, kind, url } = this.#plan;
    // Why the first packet cannot be read was often said while the input was opened.
    const lines = await recentFfmpegErrors(this.#begun ? since : this.#openedAt);
    const operation: FailedOperation = { label, kind, code, lines, begun: this.#begun };
    const file = /^file:(.*)$/s.exec(url)?.[1];
    return sourceFailure(
      file === undefined ? operation : { ...operation, startsAsMp4: await startsAsMp4(file) },
    );
  }

  async #chooseStreams(): Promise<void> {
    const found = findStreams(this.#context, this.#main) ?? (await this.#awaitMain());
    const { streams } = this.#context;
    if (found === null) {
      const [missing, others] =
        this.#main === 'picture' ? ['video', 'sound or data'] : ['sound', 'pictures or data'];
      throw new SourceError(
        `${this.#plan.label} has no ${missing} in it${streams.length > 0 ? `, only ${others}` : ''}`,
        {
          code: this.#main === 'picture' ? 'no-video' : 'no-audio',
          retryable: this.#plan.kind !== 'file',
        },
      );
    }
    this.#stream = found.main;
    this.#sound = found.sound;
    // What nobody reads is not even parsed; for HLS, not fetched.
    for (const stream of streams) {
      if (stream.index !== found.main.index) stream.discard = AVDISCARD_ALL;
    }
  }

  /** Live containers without a header (RTMP) bring a stream with its first packet. */
  async #awaitMain(): Promise<ReturnType<typeof findStreams>> {
    if (this.#plan.live !== true) return null;
    const deadline = Date.now() + maxMainWaitMs;
    const packet = new Packet();
    packet.alloc();
    while (Date.now() < deadline) {
      packet.unref();
      const wait = (): Promise<number> => this.#context.readFrame(packet);
      if ((await this.#guard('open', this.#timeouts.read, wait)) < 0) break;
      const found = findStreams(this.#context, this.#main);
      if (found === null) continue;
      if (packet.streamIndex === found.main.index) this.#held = packet;
      else packet.free();
      return found;
    }
    packet.free();
    return null;
  }

  #takeHeld(packet: Packet): boolean {
    const held = this.#held;
    if (held === null) return false;
    this.#held = null;
    packet.unref();
    packet.ref(held);
    held.free();
    return true;
  }
}

/** True for what other capture settings cannot change. */
function isFinal(code: number): boolean {
  const final: number[] = [AVERROR_EACCES, AVERROR_EBUSY, AVERROR_ENODEV, AVERROR_ENOENT];
  return final.includes(code);
}
