import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/delivery/delivery.js';
import type { HostedViewer } from '../../src/delivery/hosted-viewer.js';
import { WorkerHost } from '../../src/delivery/worker-host.js';
import { silentLogger } from '../../src/logger.js';
import type { Logger } from '../../src/logger.js';
import { bindingRequest } from '../support/binding-request.js';
import { joinDelivery, joinUnattended } from '../support/join-delivery.js';
import { PictureFeed } from '../support/picture-feed.js';
import { startTypescriptWorker } from '../support/typescript-worker.js';
import { WeriftViewer } from '../support/werift-viewer.js';

/** Places in the memory shared with `blocked-delivery.ts`. */
const gate = { blocked: 0, released: 1 };

function closeReason(session: HostedViewer): Promise<string> {
  return new Promise((resolve) => void session.once('close', resolve));
}

function workerOf(delivery: Delivery, index = 0): WorkerHost {
  const host = delivery.hosts[index];
  if (!(host instanceof WorkerHost)) throw new Error('this host is no worker');
  return host;
}

/** Sockets and threads of this process. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /UDP|Worker|MessagePort/.test(name));
}

describe('a worker that dies', () => {
  it('is replaced, and its viewers are told at once, and nobody else', async () => {
    await using delivery = new Delivery({ workers: 2, logger: silentLogger });
    await delivery.ready();
    using feed = new PictureFeed();
    const add = (session: HostedViewer): void => feed.add(session);
    await using doomed = await joinDelivery(delivery, {}, {}, add);
    await using spared = await joinDelivery(delivery, {}, {}, add);
    const closing = await joinUnattended(delivery);
    await Promise.all([doomed.viewer.waitForFrames(5), spared.viewer.waitForFrames(5)]);
    expect(doomed.session.sink).not.toBe(spared.session.sink);
    await vi.waitFor(() => expect(doomed.session.farewell).not.toBeNull());
    await vi.waitFor(() => expect(doomed.session.stats().framesSent).toBeGreaterThan(0), 5000);
    const reason = closeReason(doomed.session);
    const dead = workerOf(delivery);
    const gone = closing.close();
    await dead.worker.terminate();

    expect(await reason).toBe('worker-lost');
    await gone;
    await doomed.session.close();
    // What the worker told of it last.
    expect(doomed.session.stats().framesSent).toBeGreaterThan(0);
    await doomed.viewer.waitFor(() => doomed.viewer.ended, 'goodbye', 1000);
    expect(spared.session.connectionState).toBe('connected');
    expect([dead.closed, delivery.hosts.includes(dead)]).toEqual([true, false]);

    await using back = await joinDelivery(delivery, {}, {}, add);
    await back.viewer.waitForFrames(5);
    const { frames } = spared.viewer;
    await spared.viewer.waitForFrames(frames + 5);
    expect(spared.viewer.brokenFrames).toBe(0);
  });

  it('is named in the log when an error ended it', async () => {
    const lines: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (...line: unknown[]) => void lines.push(String(line.at(-1))),
    };
    await using delivery = new Delivery({ workers: 1, logger });
    await delivery.ready();
    await using joined = await joinDelivery(delivery);
    await vi.waitFor(() => expect(joined.session.farewell).not.toBeNull());
    const reason = closeReason(joined.session);
    // No command that it knows: as good as any fault in it.
    workerOf(delivery).worker.postMessage(null);
    expect(await reason).toBe('worker-lost');
    expect(lines).toEqual([
      'a delivery worker failed',
      'a delivery worker has ended; another one takes its place',
    ]);
    await joined.viewer.waitFor(() => joined.viewer.ended, 'goodbye', 1000);
    await using again = await joinDelivery(delivery);
    await vi.waitFor(() => expect(again.session.connectionState).toBe('connected'));
  });

  it('hands over those whose offer it was about to answer', async () => {
    await using delivery = new Delivery({ workers: 1, logger: silentLogger });
    const first = await joinUnattended(delivery);
    const joining = joinUnattended(delivery, { iceServers: [{ urls: 'stun:127.0.0.1:9' }] });
    await vi.waitFor(() => expect(delivery.hosts).toHaveLength(1));
    await workerOf(delivery).worker.terminate();
    const session = await joining;
    expect([first.connectionState, session.connectionState]).toEqual(['closed', 'connecting']);
    await session.close();
  });

  it('keeps nobody waiting at the end, though it hears nothing any more', async () => {
    const delivery = new Delivery({ workers: 1, logger: silentLogger });
    await delivery.ready();
    const session = await joinUnattended(delivery);
    workerOf(delivery).worker.postMessage = () => undefined;
    const gone = session.close();
    await delivery.close();
    await expect(gone).resolves.toBeUndefined();
  });

  it('leaves nothing behind', async () => {
    const before = resources().length;
    const delivery = new Delivery({ workers: 2, logger: silentLogger });
    await delivery.ready();
    await using joined = await joinDelivery(delivery);
    await workerOf(delivery).worker.terminate();
    await joined.session.close();
    await delivery.close();
    await joined.viewer.close();
    await vi.waitFor(() => expect(resources().length).toBeLessThanOrEqual(before), 5000);
  });
});

/** A generic NACK of one packet (RFC 4585, 6.2.1). */
function nack(ssrc: number, sequenceNumber: number): Buffer {
  const packet = Buffer.alloc(16);
  packet.writeUInt32BE(0x81_cd_00_03, 0);
  packet.writeUInt32BE(1, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.writeUInt16BE(sequenceNumber, 12);
  return packet;
}

describe('a main thread that is busy', () => {
  it('does not keep a worker from resending packets, reporting, and answering STUN', async () => {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const module = new URL('../support/blocked-delivery.ts', import.meta.url);
    const server = startTypescriptWorker(module, flags.buffer);
    let mediaSsrc: number | null = null;
    const resent: number[] = [];
    const datagrams: Buffer[] = [];
    await using viewer = await WeriftViewer.connect(
      async (offer) => {
        server.postMessage(offer);
        const [answer] = (await once(server, 'message')) as [{ type: string; sdp: string }];
        return answer;
      },
      {
        drop: ({ ssrc, sequenceNumber }) => {
          mediaSsrc ??= ssrc;
          if (ssrc !== mediaSsrc) resent.push(sequenceNumber);
          return false;
        },
        onDatagram: (data) => void datagrams.push(data),
        timeoutMs: 20_000,
      },
    );
    await viewer.waitForFrames(10);
    server.postMessage('block');
    await viewer.waitFor(() => Atomics.load(flags, gate.blocked) === 1, 'the main thread to block');

    const { ssrc, sequenceNumber } = viewer.lastPacket!.header;
    const count = resent.length;
    await viewer.sendRawRtcp(nack(ssrc, sequenceNumber));
    await viewer.waitFor(() => resent.length > count, 'a packet to be sent again');
    const request = bindingRequest(viewer.answer);
    await viewer.sendRawDatagram(request.bytes);
    const answered = (data: Buffer): boolean =>
      data[0] === 1 && data[1] === 1 && data.subarray(8, 20).equals(request.transactionId);
    await viewer.waitFor(() => datagrams.some(answered), 'an answer to STUN');
    const reports = (): number => datagrams.filter((data) => data[1] === 200).length;
    const reported = reports();
    await viewer.waitFor(() => reports() > reported, 'a sender report');
    expect(Atomics.load(flags, gate.blocked)).toBe(1);

    Atomics.store(flags, gate.released, 1);
    Atomics.notify(flags, gate.released);
    const { frames } = viewer;
    await viewer.waitForFrames(frames + 10);
    expect([viewer.brokenFrames, viewer.lost]).toEqual([0, 0]);
    const exited = once(server, 'exit');
    server.postMessage('close');
    await exited;
    await viewer.waitFor(() => viewer.ended, 'goodbye');
  });
});
