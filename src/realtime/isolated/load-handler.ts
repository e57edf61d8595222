import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModuleAudioVideoHandler, ModuleStreamHandler } from './module-stream-handler.js';
import { ModuleVideoHandler } from './module-video-handler.js';
import { ProcessPool } from './process-pool.js';

/** A handler of a module, for `new Stream({ handler })`; whoever loads it may dispose of it after the stream. */
export type ModuleHandler = ModuleStreamHandler | ModuleAudioVideoHandler | ModuleVideoHandler;

/**
 * Loads a handler that runs in processes of their own, one a connection: code that blocks holds up nobody but its own
 * connection. The module is TypeScript or JavaScript; its `default` or `handler` export is a function, a generator
 * function, a handler object, or a handler class that takes no arguments.
 *
 * Inputs and outputs cross between processes as structured clones; pictures are copied once each way.
 *
 * @param module - A path, or `new URL('./detect.ts', import.meta.url)`.
 * @returns Give it to `Stream`. A process waits for the next connection until the handler is disposed of; it does not keep this one from ending.
 * @throws {StreamError} `handler-module` when it cannot be loaded or exports no handler.
 */
export async function loadHandler(module: string | URL): Promise<ModuleHandler> {
  if (typeof module !== 'string' && !(module instanceof URL)) {
    throw new TypeError(`module: expected a path or URL, got ${typeof module}`);
  }
  const isUrl = module instanceof URL || module.startsWith('file:');
  const pool = await ProcessPool.open(resolve(isUrl ? fileURLToPath(module) : module));
  const { description } = pool;
  switch (description.kind) {
    case 'stream':
      return new ModuleStreamHandler(pool, description);
    case 'audio-video':
      return new ModuleAudioVideoHandler(pool, description);
    case 'function':
    case 'generator':
      return new ModuleVideoHandler(pool, description);
  }
}
