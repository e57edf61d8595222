/**
 * A server's main thread in a thread of its own, so that a test may block it: a `Delivery` with one worker and a feed
 * of pictures. Answers each offer that it is sent.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Delivery } from '../../src/delivery/delivery.js';
import { silentLogger } from '../../src/logger.js';
import { deliveryOffer } from './join-delivery.js';
import { PictureFeed } from './picture-feed.js';

/** Places in the memory that both threads share: what each has done. */
const gate = { blocked: 0, released: 1 } as const;

const flags = new Int32Array(workerData as SharedArrayBuffer);
const delivery = new Delivery({ workers: 1, logger: silentLogger });
const feed = new PictureFeed();
const answer = deliveryOffer(delivery, (session) => feed.add(session));

parentPort?.on('message', (message: { type: 'offer'; sdp: string } | 'block' | 'close') => {
  if (message === 'block') block();
  else if (message === 'close') void close();
  else void answer(message).then((description) => parentPort?.postMessage(description));
});

function block(): void {
  Atomics.store(flags, gate.blocked, 1);
  Atomics.wait(flags, gate.released, 0, 20_000);
  Atomics.store(flags, gate.blocked, 0);
}

async function close(): Promise<void> {
  feed.close();
  await delivery.close();
  parentPort?.close();
}
