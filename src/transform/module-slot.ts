import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StreamError } from '../errors.js';
import type { StreamInfo } from '../media/contracts.js';
import { loadModule, ModuleLoadError, showPath } from '../util/load-module.js';
import type { ModuleProviders } from '../util/load-module.js';
import { companionPackages, runningPackage } from '../util/running-package.js';
import { watchFiles } from '../util/watch-files.js';
import type { FileWatcher } from '../util/watch-files.js';
import { isTransform, toTransform } from './to-transform.js';
import type { AnyTransform } from './to-transform.js';
import { TransformGroup } from './transform-group.js';
import { TransformUnit } from './transform-unit.js';
import type { TransformUnitOptions } from './transform-unit.js';

/** What a {@link ModuleSlot} takes. */
export interface ModuleSlotOptions extends TransformUnitOptions {
  /** How long what stands here may hold up its replacement or the end, ms. */
  graceMs: number;
  /** Reload when the module, or a file of its project that it imports, is saved. */
  watch: boolean;
  /** Paths are relative to this folder. */
  cwd: string;
  /** Modules that imports inside get; default: the running package. */
  provide?: ModuleProviders;
}

/** A place in the chain that is filled from a module file, and filled anew when that is saved. */
export class ModuleSlot {
  /** Called when another group stands here. */
  onReload: () => void = () => undefined;
  readonly #path: string;
  readonly #shown: string;
  readonly #options: ModuleSlotOptions;
  readonly #watcher: FileWatcher | null;
  readonly #stopping = new Set<Promise<void>>();
  #group: TransformGroup = new TransformGroup([]);
  /** Loaded and about to take the place of `#group`. */
  #incoming: TransformGroup | null = null;
  #info: StreamInfo | null = null;
  #generation = 0;
  #closed = false;

  /** @param path - A path or `file:` URL. */
  constructor(path: string, options: ModuleSlotOptions) {
    const plain = path.startsWith('file:') ? fileURLToPath(path) : path;
    this.#path = resolve(options.cwd, plain);
    this.#shown = showPath(this.#path, options.cwd);
    this.#options = options;
    this.#watcher = options.watch ? this.#createWatcher() : null;
  }

  /** What stands here now; another one after a reload. */
  get group(): TransformGroup {
    return this.#group;
  }

  /** Loads the module for the first time. @throws {StreamError} when it cannot be. */
  async load(): Promise<void> {
    this.#watcher?.watch([this.#path]);
    try {
      const { group, files } = await this.#loadGroup();
      this.#group = group;
      this.#watcher?.watch([this.#path, ...files]);
    } catch (error) {
      this.#watcher?.close();
      throw loadFailure(error, this.#shown);
    }
  }

  /** Tells what stands here, and whatever comes after it, about the pictures. Never rejects. */
  async start(info: StreamInfo): Promise<void> {
    this.#info = info;
    await this.#group.tryStart(info);
  }

  /** Ends watching and stops what stands here. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher?.close();
    if (this.#incoming !== null) this.#stop(this.#incoming);
    this.#stop(this.#group);
    await Promise.all(this.#stopping);
  }

  async #loadGroup(): Promise<{ group: TransformGroup; files: ReadonlySet<string> }> {
    const { exports, files } = await loadModule(this.#path, {
      provide: this.#options.provide ?? runningPackage,
      fallback: companionPackages,
    });
    try {
      const units = transformsIn(exports).map(({ transform, suffix }) => {
        return new TransformUnit(transform, this.#shown + suffix, this.#options);
      });
      return { group: new TransformGroup(units), files };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const failure = new ModuleLoadError('failed', reason, { file: this.#path }, error);
      failure.files = files;
      throw failure;
    }
  }

  /** A failure leaves what stands here running. Of overlapping reloads the last one counts. */
  async #reload(): Promise<void> {
    const began = performance.now();
    const generation = ++this.#generation;
    const outdated = (): boolean => this.#closed || generation !== this.#generation;
    // One that hangs in its start is given up.
    if (this.#incoming !== null) this.#stop(this.#incoming);
    let group: TransformGroup | null = null;
    try {
      const loaded = await this.#loadGroup();
      group = loaded.group;
      if (outdated()) return;
      this.#watcher?.watch([this.#path, ...loaded.files]);
      this.#incoming = group;
      await this.#startUnderWay(group, outdated);
      if (outdated()) return;
      const old = this.#group;
      this.#group = group;
      this.#stop(old);
      const ms = Math.round(performance.now() - began);
      const { logger } = this.#options;
      logger.info({ transform: this.#shown, ms }, `reloaded ${this.#shown} in ${ms} ms`);
      this.onReload();
    } catch (error) {
      if (!outdated()) this.#keep(error);
    } finally {
      if (this.#incoming === group) this.#incoming = null;
      if (group !== null && group !== this.#group) this.#stop(group);
    }
  }

  async #startUnderWay(group: TransformGroup, outdated: () => boolean): Promise<void> {
    let told: StreamInfo | null = null;
    // Again when the picture size has changed while it was starting.
    while (this.#info !== told && !outdated()) {
      told = this.#info;
      if (told !== null) await group.start(told);
    }
  }

  #keep(error: unknown): void {
    const { logger } = this.#options;
    if (error instanceof ModuleLoadError) {
      this.#watcher?.watch([this.#path, ...error.files], error.code === 'not-found');
    }
    logger.error(
      { transform: this.#shown },
      `${this.#shown} was not reloaded, the one before keeps running: ${firstLine(error)}`,
    );
    logger.debug({ err: error, transform: this.#shown }, 'why it was not reloaded');
  }

  #stop(group: TransformGroup): void {
    const stopping = group.stop(this.#options.graceMs);
    this.#stopping.add(stopping);
    void stopping.then(() => this.#stopping.delete(stopping));
  }

  #createWatcher(): FileWatcher {
    return watchFiles({
      onChange: () => void this.#reload(),
      onError: (err, folder) => {
        const { logger } = this.#options;
        logger.warn({ err }, `cannot watch ${folder}: changes to ${this.#shown} need a restart`);
      },
    });
  }
}

/** The transforms that a module exports: its default export, one or an array of them. */
function transformsIn(exports: unknown): { transform: AnyTransform; suffix: string }[] {
  const isObject = typeof exports === 'object' && exports !== null;
  // What CommonJS exports may be the transform itself; an ES module must have a default export.
  const named = isObject && ('default' in exports || '__esModule' in exports);
  const value = named ? (exports as { default?: unknown }).default : exports;
  const isNothing = isObject && (!named || value === undefined) && !isTransform(value);
  if (isNothing && !Array.isArray(value)) throw new TypeError(noDefault(exports));
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => {
      const suffix = `[${index}]`;
      return { transform: toTransform(item, `default export${suffix}`), suffix };
    });
  }
  return [{ transform: toTransform(value, 'default export'), suffix: '' }];
}

function noDefault(exports: object): string {
  const names = Object.keys(exports).filter((name) => name !== 'default' && name !== '__esModule');
  const found = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`;
  return `no default export: expected a transform as one, ${found}`;
}

function loadFailure(error: unknown, shown: string): StreamError {
  if (error instanceof ModuleLoadError && error.code === 'not-found' && error.files.size === 0) {
    return new StreamError(`transform not found: ${shown}`, {
      code: 'transform-not-found',
      cause: error,
    });
  }
  return new StreamError(`cannot load transform ${firstLine(error)}`, {
    code: 'transform-load-failed',
    cause: error,
  });
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
