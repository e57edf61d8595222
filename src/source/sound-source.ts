import { SourceError } from '../errors.js';
import type { Logger } from '../logger.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioSource } from '../media/contracts.js';
import { atMost } from './at-most.js';
import { checkFile } from './file-check.js';
import { filePlan, lavfiPlan, networkPlan } from './input-plan.js';
import type { InputPlan } from './input-plan.js';
import { LibavSound } from './libav-sound.js';
import { redact } from './redact.js';
import { deviceSound } from './sound-device.js';
import { parseSourceSpec } from './source-spec.js';
import type { SourceSpec } from './source-spec.js';

/** Makes a source of sound anew each time it is opened. */
export interface SoundFactory {
  /** For logs: without credentials. */
  readonly label: string;
  /** False for a user's object or iterable: it is paused while nobody listens, never reopened. */
  readonly reopenable: boolean;
  /**
   * Who keeps time: `timestamp`, the reader (files); `arrival`, the source (microphones, live URLs); `auto`: as it
   * comes, but not faster than it lasts (user's objects).
   */
  readonly pacing: 'timestamp' | 'arrival' | 'auto';
  /** Looks whether it is there, without opening it. @throws {SourceError} when it is not, or cannot be read. */
  check?(): Promise<void>;
  /** A source that is not started yet. */
  create(): AudioSource;
}

/** How to open a source of sound. */
export interface SoundSourceOptions {
  /** Starts over at the end. Default `false`. */
  loop?: boolean | undefined;
  /** Longest wait for a network source or device to open, ms. Default 10,000. */
  openTimeoutMs?: number | undefined;
  /** Longest silence of a network source or device, ms. Default 10,000. */
  readTimeoutMs?: number | undefined;
  /** Where to report what was worked around. */
  logger: Logger;
}

/** Longest wait for a user's `stop()`, ms. */
const maxStopMs = 2000;

/**
 * What makes the source of sound that `spec` names. Nothing is opened yet.
 *
 * @param spec - `microphone`, `system` (what this machine plays), either with `:` and a device's name; a file or an
 *   address whose sound is used; an object with `read` and `stop`, or an iterable of pieces.
 * @param field - How errors name it, e.g. `audioSource`.
 * @throws {TypeError} naming the field, when it can never work.
 */
export function createSoundFactory(
  spec: unknown,
  field: string,
  options: SoundSourceOptions,
): SoundFactory {
  if (typeof spec !== 'string') return customSoundFactory(spec, field);
  const [, kind, device] = /^(microphone|system)(?::(.+))?$/.exec(spec.trim()) ?? [];
  if (kind === 'microphone' || kind === 'system') {
    const label = device === undefined ? kind : `${kind} ${device}`;
    const create = (): AudioSource => deviceSound(kind, device ?? null, options);
    return { label, reopenable: true, pacing: 'arrival', create };
  }
  const { plan, pacing, file } = planOf(spec, field, options);
  const create = (): AudioSource => new LibavSound(() => plan, options);
  return {
    label: plan.label,
    reopenable: true,
    pacing,
    ...(file === undefined ? {} : { check: () => checkFile(file) }),
    create,
  };
}

function planOf(
  spec: string,
  field: string,
  options: SoundSourceOptions,
): { plan: InputPlan; pacing: SoundFactory['pacing']; file?: string } {
  const parsed = parseFor(spec, field);
  // Those of `source` are for its own format.
  const { logger } = options;
  switch (parsed.kind) {
    case 'file': {
      const { file } = parsed;
      return { plan: filePlan(file, file, { logger }), pacing: 'timestamp', file };
    }
    case 'lavfi':
      return { plan: lavfiPlan(parsed.graph, { logger }), pacing: 'timestamp' };
    case 'url': {
      const plan = networkPlan(parsed.url, redact(parsed.url), { logger });
      return { plan, pacing: plan.live === true ? 'arrival' : 'auto' };
    }
    default:
      throw new TypeError(
        `${field}: expected microphone, system, a file or an address, got '${redact(spec)}'`,
      );
  }
}

function parseFor(spec: string, field: string): SourceSpec {
  try {
    return parseSourceSpec(spec);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(error.message.replace(/^source:/, `${field}:`), { cause: error });
  }
}

/**
 * A source of sound of the user's own: an object with `read` and `stop`, or an (async) iterable of pieces.
 *
 * @param field - How errors name it, e.g. `audioSource`.
 * @throws {TypeError} naming the field, and the method that is missing.
 */
export function customSoundFactory(spec: unknown, field: string): SoundFactory {
  const source = new CustomSound(readerOf(spec, field));
  return { label: labelOf(spec), reopenable: false, pacing: 'auto', create: () => source };
}

/** A user's source with its answers checked. It is opened once and stopped once. */
class CustomSound implements AudioSource {
  readonly #source: AudioSource;
  readonly #stopped: AbortController = new AbortController();
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;

  constructor(source: AudioSource) {
    this.#source = source;
  }

  /** A listener who leaves meanwhile does not end the work: the next `start()` waits for the same. */
  start(): Promise<void> {
    this.#starting ??= this.#open().catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async read(): Promise<AudioData | null> {
    let value: unknown;
    try {
      value = await this.#source.read();
    } catch (cause) {
      throw failure('read', cause);
    }
    if (value === null || value instanceof AudioData) return value;
    const got = typeof value === 'object' ? value.constructor?.name : typeof value;
    throw new SourceError(`the sound's read() must give an AudioData or null, got ${got}`, {
      code: 'source-failed',
      retryable: true,
    });
  }

  stop(): Promise<void> {
    this.#stopped.abort();
    this.#stopping ??= atMost(
      maxStopMs,
      Promise.resolve().then(() => this.#source.stop()),
    );
    return this.#stopping;
  }

  async #open(): Promise<void> {
    try {
      await this.#source.start?.({ signal: this.#stopped.signal });
    } catch (cause) {
      throw failure('start', cause);
    }
  }
}

function readerOf(spec: unknown, field: string): AudioSource {
  if (typeof spec !== 'object' || spec === null) {
    const got = spec === null ? 'null' : typeof spec;
    throw new TypeError(
      `${field}: expected a spec, an object with read() and stop(), or an iterable, got ${got}`,
    );
  }
  if ('read' in spec || 'stop' in spec) return objectReader(spec as AudioSource, field);
  if (Symbol.asyncIterator in spec) {
    return iteratorReader(() => (spec as AsyncIterable<AudioData>)[Symbol.asyncIterator]());
  }
  if (Symbol.iterator in spec) {
    return iteratorReader(() => (spec as Iterable<AudioData>)[Symbol.iterator]());
  }
  throw new TypeError(`${field}: expected an object with the methods read() and stop()`);
}

function objectReader(source: AudioSource, field: string): AudioSource {
  for (const method of ['read', 'stop'] as const) {
    if (typeof source[method] !== 'function') {
      throw new TypeError(`${field}.${method}: expected a function, got ${typeof source[method]}`);
    }
  }
  if (source.start !== undefined && typeof source.start !== 'function') {
    throw new TypeError(`${field}.start: expected a function, got ${typeof source.start}`);
  }
  return source;
}

function iteratorReader(open: () => AsyncIterator<AudioData> | Iterator<AudioData>): AudioSource {
  let iterator: AsyncIterator<AudioData> | Iterator<AudioData> | null = null;
  return {
    read: async () => {
      iterator ??= open();
      const next = await iterator.next();
      return next.done === true ? null : next.value;
    },
    stop: async () => {
      await iterator?.return?.();
    },
  };
}

function labelOf(spec: unknown): string {
  const name = (spec as object).constructor?.name ?? '';
  return /^(Object|Array|AsyncGenerator|Generator|)$/.test(name) ? 'custom sound' : name;
}

function failure(method: 'start' | 'read', cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new SourceError(`the sound's ${method}() failed: ${said.split('\n')[0]}`, {
    code: 'source-failed',
    retryable: true,
    cause,
  });
}
