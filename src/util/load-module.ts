import { readFileSync, realpathSync, statSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, extname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import type { Jiti } from 'jiti';
import { compileModule, ModuleLoadError, runtimeError } from './module-source.js';

export { ModuleLoadError, showPath } from './module-source.js';

/** Modules by the name they are imported under; each function gives the module's namespace. */
export type ModuleProviders = Record<string, () => unknown>;

/** What {@link loadModule} takes. */
export interface LoadModuleOptions {
  /** Given to every import of these names, whatever is installed beside the file. */
  provide?: ModuleProviders;
  /** Given to imports of these names when nothing is installed beside the file. */
  fallback?: ModuleProviders;
}

/** A module that was loaded, with what it consists of. */
export interface LoadedModule {
  /** What the module exports. */
  exports: Record<string, unknown>;
  /** The file and everything it imports from the same project (not from `node_modules`). */
  files: ReadonlySet<string>;
}

/** One file of a load. `waitsFor` is what it is importing just now: the way to find circles. */
interface ModuleRecord {
  file: string;
  module: { exports: Record<string, unknown> };
  done: Promise<void> | null;
  waitsFor: Set<ModuleRecord>;
}

const sourceExtensions = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']);

/**
 * Loads a `.ts`, `.mts`, `.js`, `.mjs` or `.cjs` module and what it imports from its own project,
 * afresh at every call; packages from `node_modules` are loaded by Node and shared. TypeScript is
 * stripped, not checked. Nothing is kept: a module nobody holds is collected as garbage, which
 * Node's own cache of ES modules would never do.
 *
 * @param path - Absolute path.
 * @throws {ModuleLoadError} with one line of text naming file, line and column.
 */
export async function loadModule(
  path: string,
  options: LoadModuleOptions = {},
): Promise<LoadedModule> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new ModuleLoadError('not-found', 'no such file', { file: path });
  }
  const file = realpathSync(path);
  if (!sourceExtensions.has(extname(file))) {
    const known = [...sourceExtensions].join(' ');
    throw new ModuleLoadError('syntax', `not a JavaScript or TypeScript file (${known})`, { file });
  }
  const provided = await resolveProviders(options.provide);
  const graph = new ModuleGraph(provided, await resolveProviders(options.fallback));
  try {
    const exports = (await graph.importFile(file, null)) as Record<string, unknown>;
    return { exports, files: graph.files };
  } catch (error) {
    const failure = runtimeError(error, file, graph.files);
    failure.files = new Set([...graph.files, path, file]);
    throw failure;
  }
}

async function resolveProviders(providers: ModuleProviders = {}): Promise<Map<string, unknown>> {
  const entries = Object.entries(providers).map(
    async ([name, provide]) => [name, interop(await provide())] as const,
  );
  return new Map(await Promise.all(entries));
}

/** The files of one load, each run once however often it is imported. */
class ModuleGraph {
  readonly #provided: Map<string, unknown>;
  readonly #fallback: Map<string, unknown>;
  readonly #records = new Map<string, ModuleRecord>();
  readonly #jiti = new Map<string, Jiti>();

  constructor(provided: Map<string, unknown>, fallback: Map<string, unknown>) {
    this.#provided = provided;
    this.#fallback = fallback;
  }

  get files(): ReadonlySet<string> {
    return new Set(this.#records.keys());
  }

  /** Runs a file for `import`, or joins the run that is under way. */
  async importFile(file: string, parent: ModuleRecord | null): Promise<unknown> {
    let record = this.#records.get(file);
    if (record === undefined) {
      record = this.#open(file);
      record.done = this.#runAsync(record);
      // Whoever awaits it reports it; a circle may leave nobody.
      record.done.catch(() => undefined);
    }
    // In a circle the importer gets what is exported so far, as with CommonJS.
    if (record.done === null || (parent !== null && waits(record, parent))) {
      return record.module.exports;
    }
    parent?.waitsFor.add(record);
    try {
      await record.done;
    } finally {
      parent?.waitsFor.delete(record);
    }
    return record.module.exports;
  }

  #open(file: string): ModuleRecord {
    const record = { file, module: { exports: {} }, done: null, waitsFor: new Set<ModuleRecord>() };
    this.#records.set(file, record);
    return record;
  }

  async #runAsync(record: ModuleRecord): Promise<void> {
    if (extname(record.file) === '.json') return this.#runSync(record);
    const { run } = compileModule(this.#jitiOf(record.file), record.file, true);
    await run(...this.#argumentsFor(record));
  }

  #runSync(record: ModuleRecord): void {
    if (extname(record.file) === '.json') {
      record.module.exports = JSON.parse(readFileSync(record.file, 'utf8')) as never;
      return;
    }
    const { run } = compileModule(this.#jitiOf(record.file), record.file, false);
    run.apply(record.module.exports, this.#argumentsFor(record));
  }

  #argumentsFor(record: ModuleRecord): unknown[] {
    const { file, module } = record;
    const native = createRequire(file);
    const require = Object.assign((id: string) => this.#require(id, record, native), {
      resolve: native.resolve,
      cache: native.cache,
      main: native.main,
    });
    const resolve = (id: string): string => this.#jitiOf(file).esmResolve(id);
    const load = (id: string): Promise<unknown> => this.#import(id, record);
    return [module.exports, require, module, file, dirname(file), load, resolve];
  }

  async #import(id: string, parent: ModuleRecord): Promise<unknown> {
    const given = this.#given(id);
    if (given !== undefined) return given;
    if (isBuiltin(id) || /^(?:data|https?):/.test(id)) return interop(await import(id));
    const file = this.#resolve(id, parent);
    if (typeof file !== 'string') return file.fallback;
    if (isProjectFile(file)) return this.importFile(file, parent);
    return interop(await import(pathToFileURL(file).href));
  }

  #require(id: string, parent: ModuleRecord, native: NodeJS.Require): unknown {
    const given = this.#given(id);
    if (given !== undefined) return commonJs(given);
    if (isBuiltin(id)) return native(id);
    const file = this.#resolve(id, parent);
    if (typeof file !== 'string') return commonJs(file.fallback);
    // Bare names go by the `require` condition, which may be another file.
    if (!isProjectFile(file)) return native(isPath(id) ? file : id);
    let record = this.#records.get(file);
    if (record === undefined) {
      record = this.#open(file);
      this.#runSync(record);
    }
    return record.module.exports;
  }

  #given(id: string): unknown {
    return this.#provided.get(id);
  }

  #resolve(id: string, parent: ModuleRecord): string | { fallback: unknown } {
    const found = this.#jitiOf(parent.file).esmResolve<{ try: true }>(id, { try: true });
    if (found !== undefined) {
      const file = found.startsWith('file:') ? fileURLToPath(found) : found;
      // Node remembers where files were, also when they are gone.
      if (statSync(file, { throwIfNoEntry: false }) !== undefined) return realpathSync(file);
    }
    if (this.#fallback.has(id)) return { fallback: this.#fallback.get(id) };
    const hint = isPath(id) ? '' : '; install it beside this file';
    throw new ModuleLoadError('not-found', `cannot find '${id}'${hint}`, {
      file: parent.file,
      ...findImport(parent.file, id),
    });
  }

  #jitiOf(file: string): Jiti {
    let jiti = this.#jiti.get(file);
    if (jiti === undefined) {
      // No cache on disk: jiti's default folder under the system's temp folder is anybody's.
      jiti = createJiti(file, { fsCache: false, moduleCache: false });
      this.#jiti.set(file, jiti);
    }
    return jiti;
  }
}

/** True when `record` cannot finish before `other` does. */
function waits(record: ModuleRecord, other: ModuleRecord, seen = new Set<ModuleRecord>()): boolean {
  if (record === other) return true;
  if (seen.has(record)) return false;
  seen.add(record);
  return [...record.waitsFor].some((next) => waits(next, other, seen));
}

function isBuiltin(id: string): boolean {
  return id.startsWith('node:') || builtinModules.includes(id);
}

function isPath(id: string): boolean {
  return /^(?:\.{0,2}\/|\.{1,2}$|file:|[A-Za-z]:[\\/])/.test(id);
}

function isProjectFile(file: string): boolean {
  const extension = extname(file);
  if (!sourceExtensions.has(extension) && extension !== '.json') return false;
  return !file.includes(`${sep}node_modules${sep}`);
}

function findImport(file: string, id: string): { line?: number } {
  const rows = readFileSync(file, 'utf8').split('\n');
  const row = rows.findIndex((text) => text.includes(`'${id}'`) || text.includes(`"${id}"`));
  return row < 0 ? {} : { line: row + 1 };
}

/** A namespace from Node in the shape that jiti's output reads: marked, with CommonJS names. */
function interop(namespace: unknown): unknown {
  if (typeof namespace !== 'object' || namespace === null) return namespace;
  const target = namespace as Record<PropertyKey, unknown>;
  const inner = target['default'] as Record<PropertyKey, unknown> | undefined;
  return new Proxy(target, {
    get(_target, name): unknown {
      if (name === '__esModule') return true;
      if (name in target) return target[name];
      return typeof inner === 'object' || typeof inner === 'function' ? inner?.[name] : undefined;
    },
  });
}

/** What `require` gives for a provided module: its CommonJS self where it has one. */
function commonJs(namespace: unknown): unknown {
  const self = (namespace as { default?: unknown }).default;
  return typeof self === 'function' ? self : namespace;
}
