import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { noHome } from './no-home.js';

/** How to start {@link FramegearProcess}. */
export interface FramegearProcessOptions {
  /** The command's JavaScript file. */
  bin: string;
  /** Its working directory; module and file paths in `args` are looked up from it. */
  cwd: string;
  /** Environment variables beside the test's own and {@link noHome}. */
  env?: NodeJS.ProcessEnv;
  /** How long to wait for the address. Default 20 000 ms. */
  timeoutMs?: number;
}

/** One `framegear` command, listening; `stop()` it. */
export class FramegearProcess {
  /** Where its page is, ends with `/`. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #output: string[];

  private constructor(url: string, child: ChildProcess, output: string[]) {
    this.url = url;
    this.#child = child;
    this.#output = output;
  }

  /** Runs `framegear ...args`. @throws when it ends or stays silent before it has printed its address. */
  static async start(args: string[], options: FramegearProcessOptions): Promise<FramegearProcess> {
    const child = spawn(process.execPath, [options.bin, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...noHome, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string): void => {
        child.kill('SIGKILL');
        reject(new Error(`framegear ${args.join(' ')}: ${why}\n${output.join('')}`));
      };
      const timer = setTimeout(
        () => fail('printed no address in time'),
        options.timeoutMs ?? 20_000,
      );
      const collect = (data: Buffer): void => {
        output.push(String(data));
        const match = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\//.exec(output.join(''));
        if (match === null) return;
        clearTimeout(timer);
        resolve(match[0]);
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.on('error', (error) => fail(error.message));
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        fail(`ended with ${code ?? signal}`);
      });
    });
    return new FramegearProcess(url, child, output);
  }

  /** All it has printed, on both outputs. */
  get output(): string {
    return this.#output.join('');
  }

  /** Number of the process. */
  get pid(): number {
    return this.#child.pid as number;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** Sends a signal and waits for the end. Idempotent. @returns the exit code, `null` when the signal killed it. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
