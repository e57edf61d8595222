/**
 * What runs in a worker thread: loads a handler module, and works for one connection.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { ThreadWork } from './thread-work.js';

if (parentPort === null) throw new Error('worker-main is started as a worker thread');
new ThreadWork(parentPort);
