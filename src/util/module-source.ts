import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, isAbsolute, sep } from 'node:path';
import vm from 'node:vm';
import type { Jiti } from 'jiti';

/** Where a module is broken, as far as that is known. */
export interface SourcePosition {
  /** Absolute path. */
  file: string;
  /** Counts from 1. */
  line?: number;
  /** Counts from 1. */
  column?: number;
}

/** A module that could not be loaded. `cause` is the error underneath, where there is one. */
export class ModuleLoadError extends Error {
  /** `not-found`: no such file or import; `syntax`: it cannot be read; `failed`: it threw. */
  readonly code: 'not-found' | 'syntax' | 'failed';
  /** Where it is broken. */
  readonly position: SourcePosition;
  /** Every file that was read on the way, to be watched for a repair. */
  files: ReadonlySet<string> = new Set();

  constructor(
    code: ModuleLoadError['code'],
    reason: string,
    position: SourcePosition,
    cause?: unknown,
  ) {
    super(`${showPosition(position)}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'ModuleLoadError';
    this.code = code;
    this.position = position;
  }
}

/** A path as a person in `cwd` would write it: `./x.ts` when it is below, else absolute. */
export function showPath(file: string, cwd: string = process.cwd()): string {
  const short = relative(cwd, file);
  return short.startsWith('..') || isAbsolute(short) ? file : `.${sep}${short}`;
}

function showPosition({ file, line, column }: SourcePosition): string {
  return [showPath(file), line, column].filter((part) => part !== undefined).join(':');
}

/** The parameters that jiti's output expects around it, in this order. */
const parameters = 'exports, require, module, __filename, __dirname, jitiImport, jitiESMResolve';

/** A module's code as a function of {@link parameters}. */
type ModuleFunction = (...args: unknown[]) => unknown;

/** Code ready to run, and whether it is CommonJS as it was written (not ES module or TypeScript). */
export interface CompiledModule {
  run: ModuleFunction;
  commonJs: boolean;
}

/**
 * Turns a source file into a function. Everything but CommonJS goes through jiti's transform, which
 * keeps line numbers, so that stack traces name the lines that the user wrote.
 *
 * @param async - True for `import` (top-level await works), false for `require`.
 * @throws {ModuleLoadError} `syntax`, with line and column.
 */
export function compileModule(jiti: Jiti, file: string, async: boolean): CompiledModule {
  const source = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  const extension = extname(file);
  if (mayBeCommonJs(file, extension)) {
    try {
      return { run: wrap(source.replace(/^#!/, '//'), file, false), commonJs: true };
    } catch (error) {
      // `.js` without a package type may still be an ES module, as Node sees it too.
      if (extension === '.cjs') throw syntaxError(error, file);
    }
  }
  const code = jiti.transform({
    source,
    filename: file,
    ts: /^\.[cm]?tsx?$/.test(extension),
    async,
    retainLines: true,
  });
  const refused = /^exports\.__JITI_ERROR__ = (\{.*\})\s*;?\s*$/.exec(code)?.[1];
  if (refused !== undefined) {
    const { line, column, message } = JSON.parse(refused) as {
      line: number;
      column: number;
      message: string;
    };
    throw new ModuleLoadError('syntax', oneLine(`SyntaxError: ${message}`), {
      file,
      line,
      column: column + 1, // Babel counts columns from 0.
    });
  }
  try {
    return { run: wrap(code, file, async), commonJs: false };
  } catch (error) {
    throw syntaxError(error, file);
  }
}

function wrap(code: string, file: string, async: boolean): ModuleFunction {
  const head = `(${async ? 'async ' : ''}function (${parameters}) {`;
  return vm.runInThisContext(`${head}${code}\n})`, {
    filename: file,
    columnOffset: -head.length,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as ModuleFunction;
}

function mayBeCommonJs(file: string, extension: string): boolean {
  if (extension === '.cjs') return true;
  return extension === '.js' && packageType(dirname(file)) !== 'module';
}

function packageType(folder: string): unknown {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) {
    try {
      return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: unknown }).type;
    } catch {
      return undefined; // A broken manifest is npm's to report; Node's default stands.
    }
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : packageType(parent);
}

/** V8 writes `file:line`, the source line and a caret before the stack of a syntax error. */
function syntaxError(error: unknown, file: string): ModuleLoadError {
  const { stack = '', message } = error as Error;
  const [head = '', , caret = ''] = stack.split('\n');
  const line = Number(/:(\d+)$/.exec(head)?.[1] ?? Number.NaN);
  const column = caret.indexOf('^') + 1;
  const position: SourcePosition = { file };
  if (Number.isInteger(line)) position.line = line;
  if (column > 0) position.column = column;
  return new ModuleLoadError('syntax', oneLine(`SyntaxError: ${message}`), position, error);
}

/** Why running a module failed, with the innermost line of the user's own files. */
export function runtimeError(
  error: unknown,
  file: string,
  files: ReadonlySet<string>,
): ModuleLoadError {
  if (error instanceof ModuleLoadError) return error;
  const text =
    error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`;
  const position: SourcePosition = { file };
  for (const row of error instanceof Error ? (error.stack ?? '').split('\n') : []) {
    // Without the column: TypeScript's syntax is taken out in front of it.
    const [, path, line] = /\(?((?:\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/.exec(row) ?? [];
    if (path === undefined || !files.has(path)) continue;
    Object.assign(position, { file: path, line: Number(line) });
    break;
  }
  return new ModuleLoadError('failed', oneLine(text), position, error);
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}
