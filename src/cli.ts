#!/usr/bin/env node
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: framegear needs Node 20.19 or newer, this is ${process.versions.node}: see nodejs.org\n`,
  );
  process.exit(1);
}

// V8's cache of compiled code, from Node 22 on: less work at every start but the first.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

const { keepHeapSmall } = await import('./cli/heap.js');
keepHeapSmall();

const { main } = await import('./cli/main.js');
const exitCode = await main(process.argv.slice(2));
// What is printed to a pipe may still be under way.
process.stdout.write('', () => process.exit(exitCode));
