import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import type { AudioData } from '../media/audio-data.js';
import type {
  AudioTransformContext,
  FrameTransform,
  StreamInfo,
  TransformContext,
} from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { ModuleProviders } from '../util/load-module.js';
import { TypedEmitter } from '../util/typed-emitter.js';
import { ModuleSlot } from './module-slot.js';
import { describe, nameOf, toTransform } from './to-transform.js';
import type { TransformValue } from './to-transform.js';
import { TransformGroup } from './transform-group.js';
import { TransformUnit } from './transform-unit.js';
import type { TransformStats, TransformUnitOptions } from './transform-unit.js';

/** A transform of pictures, sound or both, or the path of a module whose default export is one (or an array of them). */
export type TransformInput = TransformValue | string;

/** What {@link createTransformChain} takes. */
export interface TransformChainOptions {
  /** Default: none. */
  logger?: Logger;
  /** Run before the inputs, and not counted in `transforms[i]`. Default: none. */
  edits?: readonly FrameTransform[];
  /**
   * What becomes of a frame whose transform fails: it goes on untouched, or it is dropped (where
   * nobody may see the untouched picture). Default `pass`.
   */
  onError?: 'pass' | 'drop';
  /** Reload modules given by path when they, or files they import, are saved. Default `true`. */
  watch?: boolean;
  /** Paths are relative to this folder. Default: the working directory. */
  cwd?: string;
  /** How long a transform may hold up its own replacement or the end, ms. Default 1000. */
  graceMs?: number;
  /** Modules that `import` inside a transform module gets. Default: the running `framegear`. */
  provide?: ModuleProviders;
}

/** Figures of a stream's transforms. */
export interface TransformChainStats {
  /** Frames handed in. */
  frames: number;
  /** Frames that did not come out: `null`, or failed with `onError: 'drop'`. */
  dropped: number;
  /** Frames among them that a failure has cost. */
  failed: number;
  /** Failures of all transforms, also of those a reload has replaced. */
  errors: number;
  /** Ms per frame through the whole chain, over the last 30 or so. */
  averageMs: number;
  /** One by one, since each was loaded. */
  transforms: TransformStats[];
}

interface SlotOptions extends TransformUnitOptions {
  graceMs: number;
}

/** What a {@link TransformChain} tells. */
export interface TransformChainEvents {
  /** Saved modules have taken the place of others: what the chain touches may be something else now. */
  reload: [];
}

interface Slot {
  readonly group: TransformGroup;
  /** Called when it is another group. */
  onReload?: () => void;
  start(info: StreamInfo): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads and joins transforms.
 *
 * @throws {TypeError} naming `transforms[i]` for what is no transform, or the option.
 * @throws {StreamError} `transform-not-found` or `transform-load-failed` for a module; the message is
 *   one line with file, line and column, `cause` the error itself.
 */
export async function createTransformChain(
  inputs: readonly TransformInput[],
  options: TransformChainOptions = {},
): Promise<TransformChain> {
  const { onError = 'pass', graceMs = 1000, edits = [] } = options;
  if (!Array.isArray(inputs)) {
    throw new TypeError(`transforms: expected an array, got ${describe(inputs)}`);
  }
  if (onError !== 'pass' && onError !== 'drop') {
    throw new TypeError(`onError: expected 'pass' or 'drop', got ${describe(onError)}`);
  }
  const faults = { count: 0 };
  const slotOptions = { logger: options.logger ?? silentLogger, onError, graceMs, faults };
  const slots = edits.map((edit): Slot => fixedSlot(edit, 'edits', slotOptions));
  try {
    for (const [index, input] of inputs.entries()) {
      const field = `transforms[${index}]`;
      slots.push(
        typeof input === 'string'
          ? await openModule(input, field, { ...options, ...slotOptions })
          : fixedSlot(input, field, slotOptions),
      );
    }
  } catch (error) {
    await Promise.all(slots.map((slot) => slot.close()));
    throw error;
  }
  return new TransformChain(slots, faults);
}

async function openModule(
  path: string,
  field: string,
  options: TransformChainOptions & SlotOptions,
): Promise<Slot> {
  if (path.trim() === '') throw new TypeError(`${field}: expected the path of a module, got ''`);
  const { watch = true, cwd = process.cwd() } = options;
  const slot = new ModuleSlot(path, { ...options, watch, cwd });
  await slot.load();
  return slot;
}

function fixedSlot(value: unknown, field: string, options: SlotOptions): Slot {
  const transform = toTransform(value, field);
  const group = new TransformGroup([new TransformUnit(transform, nameOf(value, field), options)]);
  return {
    group,
    start: (info) => group.tryStart(info),
    close: () => group.stop(options.graceMs),
  };
}

/** Transforms one after another, each with its failures contained. Give it one frame at a time. */
export class TransformChain extends TypedEmitter<TransformChainEvents> {
  readonly #slots: readonly Slot[];
  readonly #faults: { readonly count: number };
  #counts = { frames: 0, dropped: 0, failed: 0, averageMs: 0 };
  #closing: Promise<void> | null = null;

  /** @internal Use {@link createTransformChain}. */
  constructor(slots: readonly Slot[], faults: { readonly count: number }) {
    super();
    this.#slots = slots;
    this.#faults = faults;
    for (const slot of slots) slot.onReload = () => this.emit('reload');
  }

  /** Names of the transforms in order: module path, class or function. */
  get names(): string[] {
    return this.#units().map(({ name }) => name);
  }

  /** True when frames may come out changed: false for a chain without transforms of pictures. A reload may change it. */
  get touchesPixels(): boolean {
    return this.#units().some((unit) => unit.takesFrames);
  }

  /** True when a transform takes sound. A reload may change it. */
  get takesAudio(): boolean {
    return this.#units().some((unit) => unit.takesAudio);
  }

  /** True once {@link close} was called. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /** A copy of the figures. */
  get stats(): TransformChainStats {
    const transforms = this.#units().map(({ stats }) => stats);
    return { ...this.#counts, errors: this.#faults.count, transforms };
  }

  /**
   * Tells all transforms what pictures come; again when their size changes. One whose `start` fails
   * is logged, left out, and started again at a later frame; one that takes more than 2 s is left out
   * until it is done. Never rejects.
   */
  async start(info: StreamInfo): Promise<void> {
    if (this.closed) return;
    await Promise.all(this.#slots.map((slot) => slot.start(info)));
  }

  /**
   * Takes a frame, which it owns from here on, through all transforms that have a `transform()`. One that has not
   * answered for 2 s is left out until it has. Never rejects.
   *
   * @returns The caller's to close; with the time stamp and duration of the frame that came in.
   */
  async apply(frame: VideoFrame, context: TransformContext): Promise<VideoFrame | null> {
    const began = performance.now();
    const faults = this.#faults.count;
    let current: VideoFrame | null = frame;
    for (const slot of this.#slots) {
      if (current === null || this.closed) break;
      // Read anew for every frame: a reload swaps the group.
      current = await slot.group.apply(current, context);
    }
    if (this.closed) {
      current?.close();
      current = null;
    }
    const counts = this.#counts;
    counts.frames += 1;
    if (current === null) {
      counts.dropped += 1;
      if (this.#faults.count > faults) counts.failed += 1;
    }
    counts.averageMs +=
      (performance.now() - began - counts.averageMs) / Math.min(counts.frames, 30);
    return current;
  }

  /**
   * Takes a piece of sound, which it owns from here on, through all transforms that have a `transformAudio()`; may be
   * called beside {@link apply}. Never rejects.
   *
   * @param context - `null` before the stream is known: transforms cannot be asked, and `onError` decides.
   * @returns The caller's to close; with the time stamp of the piece that came in.
   */
  async applyAudio(
    audio: AudioData,
    context: AudioTransformContext | null,
  ): Promise<AudioData | null> {
    let current: AudioData | null = audio;
    for (const slot of this.#slots) {
      if (current === null || this.closed) break;
      current = await slot.group.applyAudio(current, context);
    }
    if (!this.closed) return current;
    current?.close();
    return null;
  }

  /**
   * Ends watching, waits for the frame under way (at most the grace time) and stops every transform
   * once. A second call waits for the first.
   */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#slots.map((slot) => slot.close())).then(() => {
      this.removeAllListeners();
    });
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #units(): TransformUnit[] {
    return this.#slots.flatMap(({ group }) => group.units);
  }
}
