import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import type { PeerSession } from '../../src/rtc/peer-session.js';
import { HostilePeer, clientHello, handshakeRecord } from '../support/hostile-peer.js';
import { acceptOffer, connectPair } from '../support/peer-pair.js';
import { SeededRandom } from '../support/seeded-random.js';

const helloVerifyRequest = 3;
const certificate = 11;

interface Attack {
  peer: HostilePeer;
  session: PeerSession;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A peer that has found its way, and the session that it has it to. */
async function attack(): Promise<Attack> {
  let session: PeerSession | undefined;
  const peer = await HostilePeer.open(
    acceptOffer(['vp8'], {}, (accepted) => {
      session = accepted;
    }),
  );
  await peer.nominate();
  const accepted = session as PeerSession;
  const dispose = async (): Promise<void> => {
    await Promise.all([peer.close(), accepted.close()]);
  };
  return { peer, session: accepted, [Symbol.asyncDispose]: dispose };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are held. */
function bytesHeld(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Lets sockets read what was sent to them. */
function breathe(): Promise<void> {
  return new Promise(setImmediate);
}

/** The cookie that the server wants to see again (RFC 6347, 4.2.1). */
async function cookieOf(peer: HostilePeer): Promise<Buffer> {
  peer.send(handshakeRecord({ type: 1, body: clientHello() }));
  return vi.waitFor(() => {
    const answer = peer.received.find((data) => data[0] === 22 && data[13] === helloVerifyRequest);
    if (answer === undefined) throw new Error('no HelloVerifyRequest');
    return answer.subarray(28, 28 + (answer[27] as number));
  });
}

/** A handshake message that is wrong somewhere, or everywhere. */
function mangled(random: SeededRandom, cookie: Buffer): Buffer {
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const type = [1, 1, 2, 3, 11, 12, 14, 15, 16, 20, 99][below(11)] as number;
  const body = type === 1 ? clientHello(cookie) : randomBytes(below(300));
  for (let i = below(4); i > 0 && body.length > 0; i -= 1) body[below(body.length)] = below(256);
  const lie = (name: string, limit: number): Record<string, number> =>
    random.chance(0.2) ? { [name]: below(limit) } : {};
  const record = handshakeRecord({
    type,
    body,
    sequence: below(5),
    ...lie('length', 2 ** 24),
    ...lie('offset', 2 ** 24),
    ...lie('fragmentLength', 400),
  });
  return random.chance(0.2) ? record.subarray(0, below(record.length)) : record;
}

describe('a peer that shakes hands with malice', () => {
  it('ends nothing but its own session by messages that are wrong in every way', async () => {
    await using honest = await connectPair();
    const misbehave = async (seed: number): Promise<void> => {
      await using hostile = await attack();
      const random = new SeededRandom(seed);
      const cookie = await cookieOf(hostile.peer);
      for (let i = 0; i < 200; i += 1) {
        hostile.peer.send(mangled(random, cookie));
        if (i % 10 === 9) await breathe();
      }
      expect(hostile.session.connectionState).not.toBe('connected');
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(misbehave));
    // Those who come properly get through, then as before.
    await using late = await connectPair();
    expect([honest.session.connectionState, late.session.connectionState]).toEqual([
      'connected',
      'connected',
    ]);
  });

  it('makes the server keep nothing by messages that it never ends', async () => {
    await using hostile = await attack();
    const piece = randomBytes(1200);
    const before = bytesHeld();
    for (let i = 0; i < 20_000; i += 1) {
      hostile.peer.send(handshakeRecord({ type: certificate, length: 60_000, body: piece }));
      if (i % 20 === 19) await breathe();
    }
    // What comes after it has been read as well.
    await hostile.peer.nominate();
    await expect.poll(() => bytesHeld() - before, { timeout: 10_000 }).toBeLessThan(4 * 2 ** 20);
  });

  it('is heard from no more than some of the addresses that it may pretend to have', async () => {
    await using hostile = await attack();
    const answered = await hostile.peer.spread(150);
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThanOrEqual(60);
  });
});
