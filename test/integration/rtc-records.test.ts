import { describe, expect, it, vi } from 'vitest';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { connectPair } from '../support/peer-pair.js';
import type { WeriftViewer } from '../support/werift-viewer.js';

/** Header of a DTLS record (RFC 6347, 4.1). */
interface RecordHeader {
  type: number;
  epoch: number;
  sequenceNumber: number;
  /** The whole record. */
  bytes: string;
}

const recordType = { alert: 21, handshake: 22, data: 23 };

/** Headers of all DTLS records in a datagram; none when it is something else. */
function recordsOf(datagram: Buffer): RecordHeader[] {
  const records: RecordHeader[] = [];
  let rest = datagram;
  while (rest.length >= 13 && (rest[0] ?? 0) >= 20 && (rest[0] ?? 0) <= 63) {
    const length = 13 + rest.readUInt16BE(11);
    records.push({
      type: rest.readUInt8(0),
      epoch: rest.readUInt16BE(3),
      sequenceNumber: rest.readUIntBE(5, 6),
      bytes: rest.toString('hex', 0, length),
    });
    rest = rest.subarray(length);
  }
  return records;
}

/** The end of a viewer's handshake as it was sent. */
function handshakeOf(viewer: WeriftViewer): Buffer[] {
  return viewer.pc.dtlsTransports[0]?.dtls?.dtls.lastMessage ?? [];
}

/**
 * Serves a viewer six messages, one after the other, and says goodbye; what was on the wire.
 *
 * @param repeat - The viewer sends the end of its handshake again, as if ours was lost.
 */
async function capture(setup: 'actpass' | 'passive', repeat = false): Promise<RecordHeader[]> {
  const records: RecordHeader[] = [];
  let session: PeerSession | undefined;
  await using pair = await connectPair(
    {
      dataChannel: 'x',
      editOffer: (sdp) => sdp.replaceAll('actpass', setup),
      onDatagram: (data) => records.push(...recordsOf(data)),
    },
    {},
    (accepted) => {
      session = accepted;
    },
  );
  const { viewer } = pair;
  await viewer.waitFor(() => viewer.channelOpen, 'the channel');
  await vi.waitFor(() => expect(session?.connectionState).toBe('connected'));
  for (let i = 1; i <= 5; i++) {
    session?.sendMessage(i);
    await viewer.waitFor(() => viewer.messages.length === i, `message ${i}`);
  }
  for (const data of repeat ? handshakeOf(viewer) : []) await viewer.sendRawDatagram(data);
  session?.sendMessage(6);
  await viewer.waitFor(() => viewer.messages.length === 6, 'message 6');
  await session?.close();
  await viewer.waitFor(() => viewer.ended, 'the goodbye');
  return records;
}

describe.each([
  ['server', 'actpass'],
  ['client', 'passive'],
] as const)('DTLS records of a session that is the %s', (_role, setup) => {
  it('have a number each, the goodbye included', async () => {
    const records = (await capture(setup)).filter(({ epoch }) => epoch === 1);
    expect(records[0]?.type).toBe(recordType.handshake);
    const types = records.map(({ type }) => type);
    expect(types.filter((type) => type === recordType.data).length).toBeGreaterThanOrEqual(5);
    expect(types).toContain(recordType.alert);
    // A number that comes again is a replay to the viewer, and a nonce used twice to AES-GCM.
    const numbers = records.map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('keep their numbers when the handshake is repeated', async () => {
    const records = (await capture(setup, true)).filter(({ epoch }) => epoch === 1);
    const numbers = new Set(records.map(({ sequenceNumber }) => sequenceNumber));
    // What is sent again is sent as it was.
    expect(new Set(records.map(({ bytes }) => bytes)).size).toBe(numbers.size);
  });
});
