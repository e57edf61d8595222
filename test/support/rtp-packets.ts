import type { ReceivedRtp } from '../../src/rtc/rtp-packet.js';

/** A packet as it comes out of SRTP. */
export function received(index: number, fields: Partial<ReceivedRtp> = {}): ReceivedRtp {
  return {
    payloadType: 96,
    marker: false,
    sequenceNumber: index & 0xffff,
    timestamp: 0,
    ssrc: 1111,
    size: 12,
    padded: false,
    index,
    payload: Buffer.alloc(0),
    ...fields,
  };
}

/** The bytes of a small reproducible random sequence. */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
