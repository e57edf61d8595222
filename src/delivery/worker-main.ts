/**
 * What runs in a worker thread: a delivery host that takes commands and reports. It holds no FFmpeg, and may be
 * ended at any time.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { DeliveryHost } from './delivery-host.js';
import { counterOf } from './protocol.js';
import type { HostCommand, HostWorkerData } from './protocol.js';
import { createReportLogger } from './report-logger.js';
import { sendError } from './sent-error.js';
import { receivePicture, receiveSound } from './sent-media.js';
import { Uplink } from './uplink.js';

const statsMs = 1000;

const { counters: memory, timeOrigin } = workerData as HostWorkerData;
const counters = new Int32Array(memory);
const shiftUs = Math.round((timeOrigin - performance.timeOrigin) * 1000);
const port = parentPort as MessagePort;
const uplink = new Uplink((reports) => port.postMessage(reports), counters);
const host = new DeliveryHost({
  tell: (viewer, event) => uplink.tellEvent({ kind: 'event', viewer, event }),
  tellsFarewells: true,
  logger: createReportLogger((line) => uplink.tell(line)),
});
host.prepare();
const answering = new Map<string, AbortController>();

port.on('message', (commands: HostCommand[]) => {
  for (const command of commands) run(command);
});
setInterval(() => {
  uplink.tellStats(() => ({
    kind: 'stats',
    viewers: [...host.viewers].map((session) => [session.id, session.stats()] as const),
  }));
}, statsMs).unref();
uplink.tell({ kind: 'ready' });

function run(command: HostCommand): void {
  switch (command.kind) {
    case 'picture':
      Atomics.add(counters, counterOf.pictures, 1);
      host
        .sink(command.streamName)
        .writePicture(command.rendition, receivePicture(command.picture, shiftUs));
      break;
    case 'sound':
      host.sink(command.streamName).writeAudio(receiveSound(command.sound, shiftUs));
      break;
    case 'accept':
      void accept(command);
      break;
    case 'abort':
      answering.get(command.viewer)?.abort();
      break;
    case 'ladder':
      host.setLadder(command.streamName, command.codec, command.ladder);
      break;
    case 'broadcast':
      host.broadcast(command.streamName, command.text);
      break;
    case 'send':
      host.send(command.viewer, command.text);
      break;
    case 'pin':
      host.pin(command.viewer, command.quality);
      break;
    case 'release':
      host.release(command.viewer, command.reason);
      break;
    case 'close':
      void host.close().then(() => uplink.tell({ kind: 'closed' }));
      break;
  }
}

async function accept({
  viewer,
  offer,
  options,
}: Extract<HostCommand, { kind: 'accept' }>): Promise<void> {
  const abort = new AbortController();
  answering.set(viewer, abort);
  try {
    const accepted = await host.accept(viewer, offer, options, abort.signal);
    uplink.tell({ kind: 'accepted', viewer, accepted });
  } catch (error) {
    uplink.tell({ kind: 'refused', viewer, error: sendError(error) });
  } finally {
    answering.delete(viewer);
  }
}
