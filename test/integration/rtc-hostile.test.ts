import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { describe, expect, it, vi } from 'vitest';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { closeReason, connectPair } from '../support/peer-pair.js';
import type { PeerPair } from '../support/peer-pair.js';

let number = 0;

/** Proves that pictures still arrive. */
async function expectPictures({ session, viewer }: PeerPair): Promise<void> {
  const before = viewer.frames;
  for (let i = 0; i < 3; i++) {
    number += 1;
    session.write({
      chunk: new EncodedVideoChunk({ type: 'key', timestamp: number, data: Buffer.alloc(1) }),
      payloads: [Buffer.from([0x10, 0, 0, 0])],
    });
  }
  await viewer.waitForFrames(before + 3);
}

function portOf(session: PeerSession): number {
  return Number(/^a=candidate:4\S+ 1 udp \d+ \S+ (\d+)/m.exec(session.answer.sdp)?.[1]);
}

/** One datagram of each kind that a stranger may send. */
function strangeDatagrams(): Buffer[] {
  const stun = Buffer.alloc(20);
  stun.writeUInt16BE(1, 0);
  stun.writeUInt32BE(0x2112_a442, 4);
  const alert = Buffer.from('15fefd000000000000000000020100', 'hex');
  const hello = Buffer.from('16fefd0000000000000000000c010000000000000000000000', 'hex');
  const encryptedAlert = Buffer.concat([
    Buffer.from('15fefd00010000000000ff001a', 'hex'),
    randomBytes(26),
  ]);
  const rtp = Buffer.concat([Buffer.from([0x80, 96]), randomBytes(60)]);
  const rtcp = Buffer.concat([Buffer.from([0x80, 201]), randomBytes(60)]);
  const short = [0, 20, 21, 22, 23, 128].map((first) => Buffer.from([first]));
  return [
    Buffer.alloc(0),
    ...short,
    stun,
    alert,
    hello,
    encryptedAlert,
    rtp,
    rtcp,
    randomBytes(1400),
  ];
}

describe('a session', () => {
  it('reads no more RTCP of a peer than anybody needs', async () => {
    await using pair = await connectPair();
    await expectPictures(pair);
    const { session, viewer } = pair;
    let asked = 0;
    session.on('keyframerequest', (reason) => {
      if (reason === 'pli') asked += 1;
    });
    const startedAt = performance.now();
    for (let i = 0; i < 2000; i++) await viewer.requestKeyFrame('pli');
    await expectPictures(pair);
    const windows = Math.ceil((performance.now() - startedAt) / 1000) + 1;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(500 * windows);
    // It is heard again when it is quiet.
    const before = asked;
    await vi.waitFor(
      async () => {
        await viewer.requestKeyFrame('pli');
        expect(asked).toBeGreaterThan(before);
      },
      { timeout: 5000, interval: 100 },
    );
  });

  it('is not disturbed by strangers', async () => {
    await using pair = await connectPair();
    await expectPictures(pair);
    const stranger = createSocket('udp4');
    let answers = 0;
    stranger.on('message', () => {
      answers += 1;
    });
    for (let round = 0; round < 20; round++) {
      for (const data of strangeDatagrams()) {
        await new Promise((resolve) => {
          stranger.send(data, portOf(pair.session), '127.0.0.1', resolve);
        });
      }
    }
    await expectPictures(pair);
    stranger.close();
    expect(answers).toBe(0);
    expect(pair.session.connectionState).toBe('connected');
  });

  it('is not disturbed by the same from its own viewer', async () => {
    await using pair = await connectPair({ dataChannel: 'x' });
    await pair.viewer.waitFor(() => pair.viewer.channelOpen, 'the channel');
    for (const data of strangeDatagrams()) await pair.viewer.sendRawDatagram(data);
    await expectPictures(pair);
    pair.viewer.sendMessage('still here');
    const message = new Promise((resolve) => pair.session.once('message', resolve));
    expect(await message).toBe('still here');
  });

  it('is not disturbed by malformed RTCP, well encrypted', async () => {
    await using pair = await connectPair();
    await expectPictures(pair);
    for (const type of [200, 201, 202, 203, 204, 205, 206, 207]) {
      for (const count of [0, 1, 4, 15, 31]) {
        for (const words of [0, 1, 2, 5, 200]) {
          const body = randomBytes(4 * Math.min(words, 20) + 4);
          const header = Buffer.from([0x80 | count, type, words >> 8, words & 0xff]);
          await pair.viewer.sendRawRtcp(Buffer.concat([header, body]));
        }
      }
    }
    await expectPictures(pair);
  });

  it('is not disturbed by malformed SCTP, well encrypted', async () => {
    const messages: unknown[] = [];
    await using pair = await connectPair({ dataChannel: 'x' }, {}, (session) => {
      session.on('message', (value) => messages.push(value));
    });
    const { viewer } = pair;
    await viewer.waitFor(() => viewer.channelOpen, 'the channel');
    const transport = viewer.pc.dtlsTransports[0];
    for (let length = 0; length < 80; length += 1) {
      await transport?.dtls?.send(randomBytes(length));
    }
    // A payload type and a stream that nobody knows, and text that is no JSON.
    const send = viewer.pc.sctp?.sctp.send;
    void send?.(1, 4711, Buffer.from('?'));
    void send?.(77, 51, Buffer.from('"other stream"'));
    void send?.(78, 50, Buffer.from([2]));
    void send?.(79, 50, Buffer.from([3, 0, 0]));
    viewer.pc.sctp?.channelByLabel('x')?.send('{not json');
    viewer.sendMessage('at last');
    await vi.waitFor(() => expect(messages).toEqual(['at last']));
    await expectPictures(pair);
  });

  it('ends one that makes it keep unfinished messages without end', async () => {
    await using pair = await connectPair({ dataChannel: 'x' });
    const { viewer, session } = pair;
    await viewer.waitFor(() => viewer.channelOpen, 'the channel');
    const reason = closeReason(session);
    // Pretends that the newest message never ends, however long.
    const association = viewer.pc.sctp?.sctp;
    const endless = Buffer.alloc(4 * 1024 * 1024);
    association?.send(1, 51, endless).catch(() => undefined);
    expect(await reason).toBe('protocol-error');
  });

  it('answers a storm of NACKs with no more than it must', async () => {
    await using pair = await connectPair();
    await expectPictures(pair);
    const { viewer, session } = pair;
    const ssrc = viewer.lastPacket?.header.ssrc ?? 0;
    const sequence = viewer.lastPacket?.header.sequenceNumber ?? 0;
    const nack = Buffer.alloc(16);
    nack.writeUInt32BE(0x81_cd_00_03, 0);
    nack.writeUInt32BE(1, 4);
    nack.writeUInt32BE(ssrc, 8);
    nack.writeUInt16BE((sequence - 2) & 0xffff, 12);
    nack.writeUInt16BE(0xffff, 14);
    for (let i = 0; i < 500; i++) {
      await viewer.sendRawRtcp(nack);
      // Lets the other side read: what a socket can hold is finite.
      await new Promise(setImmediate);
    }
    await viewer.waitFor(() => session.stats().nackCount >= 400, 'the NACKs');
    expect(session.stats().packetsRetransmitted).toBeLessThanOrEqual(3 * 5);
    await expectPictures(pair);
  });
});
