import { createColors } from './colors.js';
import type { Colors } from './colors.js';

/** Where the command prints. */
export interface Terminal {
  /** Prints a line on stdout. */
  readonly print: (line: string) => void;
  /** Prints text on stderr. */
  readonly printError: (text: string) => void;
  /** Colours for stdout. */
  readonly colors: Colors;
  /** Colours for stderr. */
  readonly errorColors: Colors;
  /** Whether stdout is a terminal. */
  readonly isTTY: boolean;
}

/** The process's own stdout and stderr. `color: false` declines colours. */
export function createTerminal(color?: boolean): Terminal {
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    printError: (text) => void process.stderr.write(text),
    colors: createColors({ stream: process.stdout, wanted: color }),
    errorColors: createColors({ stream: process.stderr, wanted: color }),
    isTTY: process.stdout.isTTY === true,
  };
}

/**
 * Lets the process live on when whoever read its output has gone (`framegear | head`); what it prints
 * from then on is lost.
 */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}
