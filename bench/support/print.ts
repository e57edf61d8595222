import os from 'node:os';
import process from 'node:process';

/** Prints one case as one JSON line, numbers to five figures, with the machine it ran on. */
export function print(bench: string, figures: Record<string, string | number>): void {
  const rounded = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'number' ? Number(value.toPrecision(5)) : value,
  ]);
  const machine = { machineCores: os.availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench, ...Object.fromEntries(rounded), ...machine }));
}
