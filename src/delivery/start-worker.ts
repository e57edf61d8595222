import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { createCounters } from './protocol.js';
import type { HostWorkerData } from './protocol.js';

const entry = new URL('./worker-main.js', import.meta.url);

/** A worker thread with a delivery host in it, and the counters that both threads see. */
export interface StartedWorker {
  readonly worker: Worker;
  readonly counters: Int32Array;
}

/** Starts a worker thread that serves viewers. It keeps the process alive until it is `unref()`ed. */
export function startWorker(): StartedWorker {
  const counters = createCounters();
  const workerData: HostWorkerData = {
    counters: counters.buffer,
    timeOrigin: performance.timeOrigin,
  };
  const options: WorkerOptions = { name: 'framegear-delivery', execArgv: [], workerData };
  const worker = existsSync(fileURLToPath(entry))
    ? new Worker(entry, options)
    : new Worker(typescriptEntry(), { ...options, eval: true });
  return { worker, counters };
}

/** In a clone that a loader of TypeScript runs there is no build: the thread needs the loader, too. */
function typescriptEntry(): string {
  const required = createRequire(import.meta.url).resolve('tsx/esm/api');
  const loader = pathToFileURL(required.replace(/cjs$/, 'mjs')).href;
  const main = entry.href.replace(/js$/, 'ts');
  return `import(${JSON.stringify(loader)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(main)});
  });`;
}
