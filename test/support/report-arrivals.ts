import type { RTCDtlsTransport, RtcpPacket } from 'werift';
import type { WeriftViewer } from './werift-viewer.js';

const everyMs = 50;

/**
 * Says every 50 ms when packets arrived at a viewer (draft-holmer-rmcat-transport-wide-cc-extensions-01), as browsers do.
 *
 * @returns Stops it.
 */
export function reportArrivals(viewer: WeriftViewer): () => void {
  const transport = viewer.pc.dtlsTransports[0] as RTCDtlsTransport;
  const id = Number(/^a=extmap:(\d+).*transport-wide-cc/m.exec(viewer.answer)?.[1]);
  if (!(id > 0)) throw new Error(`arrival times were not agreed on:\n${viewer.answer}`);
  const arrivals = new Map<number, number>();
  let next: number | null = null;
  const subscription = transport.onRtp.subscribe((packet) => {
    const extension = packet.header.extensions.find((candidate) => candidate.id === id);
    if (extension === undefined) return;
    const number = extension.payload.readUInt16BE(0);
    next ??= number;
    arrivals.set(number, performance.now());
  });
  const timer = setInterval(() => {
    if (next === null || arrivals.size === 0) return;
    const first = next;
    const count = Math.max(...[...arrivals.keys()].map((number) => (number - first) & 0xffff)) + 1;
    const times = Array.from({ length: count }, (_, i) => arrivals.get((first + i) & 0xffff));
    arrivals.clear();
    next = (first + count) & 0xffff;
    const bytes = writeFeedback(first, times);
    void transport.sendRtcp([{ serialize: () => bytes } as RtcpPacket]).catch(() => undefined);
  }, everyMs);
  return () => {
    clearInterval(timer);
    subscription.unSubscribe();
  };
}

/** One status chunk per packet, times in two bytes each: simple, not short. */
function writeFeedback(first: number, times: readonly (number | undefined)[]): Buffer {
  const arrived = times.filter((time) => time !== undefined);
  const reference = Math.floor((arrived[0] ?? 0) / 64);
  const size = 20 + times.length * 2 + arrived.length * 2;
  const packet = Buffer.alloc(Math.ceil(size / 4) * 4);
  packet.writeUInt8(0x80 | 15, 0);
  packet.writeUInt8(205, 1);
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt16BE(first, 12);
  packet.writeUInt16BE(times.length, 14);
  packet.writeIntBE(reference & 0x7f_ffff, 16, 3);
  let last = reference * 64;
  let at = 20 + times.length * 2;
  times.forEach((time, index) => {
    packet.writeUInt16BE(time === undefined ? 0x0001 : 0x4001, 20 + index * 2);
    if (time === undefined) return;
    const delta = Math.round((time - last) * 4);
    packet.writeInt16BE(Math.max(-0x8000, Math.min(delta, 0x7fff)), at);
    last += delta / 4;
    at += 2;
  });
  return packet;
}
