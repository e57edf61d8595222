/**
 * What runs in a handler's process: loads the module, and works for one connection.
 *
 * @module
 */
import { ProcessWork } from './process-work.js';
import { Rpc } from './rpc.js';

const work = new ProcessWork();
const rpc = new Rpc(
  (message) => process.send?.(message, undefined, {}, () => undefined),
  work.methods,
);
work.rpc = rpc;
process.on('message', (message) => rpc.take(message));
// A terminal sends its signals to all: the server says when it is time, and nothing outlives it.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit());
