/** From `framegear` to the line with its address, median of 5. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { print } from './support/print.js';

const bin = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const data = await mkdtemp(path.join(tmpdir(), 'framegear-bench-'));
const times: number[] = [];
for (let i = 0; i < 5; i += 1) {
  const start = performance.now();
  const child = spawn(process.execPath, [bin, '--port', '0', '--data-dir', data]);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`framegear ended: ${output}`)));
    child.stdout.on('data', (text: Buffer) => {
      output += String(text);
      if (/http:\/\/localhost:\d+/.test(output)) resolve();
    });
  });
  times.push(performance.now() - start);
  child.removeAllListeners('exit').kill('SIGINT');
  await once(child, 'exit');
}
await rm(data, { recursive: true });
times.sort((a, b) => a - b);
print('start to listening', { medianMs: times[2] ?? NaN, slowestMs: times[4] ?? NaN });
