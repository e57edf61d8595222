import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Runs a TypeScript module of the tests in a thread of its own. */
export function startTypescriptWorker(module: URL, workerData: unknown): Worker {
  const required = createRequire(import.meta.url).resolve('tsx/esm/api');
  const loader = pathToFileURL(required.replace(/cjs$/, 'mjs')).href;
  const code = `import(${JSON.stringify(loader)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(module.href)});
  });`;
  return new Worker(code, { eval: true, execArgv: [], workerData });
}
