import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { requirePeer } from './peer-programs.js';

/** A screen without a monitor. */
export interface VirtualScreen extends AsyncDisposable {
  /** Its X11 display, e.g. `:99`. */
  display: string;
}

/**
 * Starts Xvfb on a display of its own choice.
 *
 * @throws {Error} that says what to install.
 */
export async function startVirtualScreen(width: number, height: number): Promise<VirtualScreen> {
  const program = requirePeer('xvfb');
  const screen = ['-screen', '0', `${width}x${height}x24`];
  const args = ['-displayfd', '3', ...screen, '-nolisten', 'tcp', '-noreset'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const number = await new Promise<string>((resolve, reject) => {
    (child.stdio[3] as Readable).once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('error', reject);
    child.once('close', () => reject(new Error('Xvfb ended before it was ready')));
  });
  return {
    display: `:${number}`,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      child.kill();
      await closed;
    },
  };
}
