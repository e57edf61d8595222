import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FramegearProcess } from './framegear-process.js';
import { noHome } from './no-home.js';

const bin = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The built command. @throws when there is no build: `npm run build` makes one. */
export function builtCommand(): string {
  if (!existsSync(bin)) throw new Error(`${bin} is not there: npm run build`);
  return bin;
}

/** What a command that ends by itself did. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How {@link runCommand} runs it. */
export interface RunOptions {
  /** Its working directory. */
  cwd?: string;
  /** Environment variables beside the test's own; NO_COLOR and {@link noHome} are set unless it says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/** Runs `framegear ...args` to its end; killed after 20 s. */
export async function runCommand(args: string[], options: RunOptions = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [builtCommand(), ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...noHome, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const result: CommandResult = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (result.stdout += String(data)));
  child.stderr.on('data', (data) => (result.stderr += String(data)));
  [result.code] = (await once(child, 'close')) as [number | null];
  return result;
}

/** Starts `framegear ...args` on a free port, unless `args` say which. */
export async function startCommand(args: string[], cwd: string): Promise<FramegearProcess> {
  const port = args.includes('--port') ? [] : ['--port', '0'];
  return FramegearProcess.start([...args, ...port], { bin: builtCommand(), cwd });
}
