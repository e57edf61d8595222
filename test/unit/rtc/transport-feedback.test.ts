import { describe, expect, it } from 'vitest';
import { readRtcp } from '../../../src/rtc/rtcp-reader.js';
import { readTransportFeedback } from '../../../src/rtc/transport-feedback.js';

/** A feedback packet: 20 bytes of header, statuses as words of 16 bits, times as bytes, zeros up to a full word. */
function feedback(
  { first = 0, count, reference = 0 }: { first?: number; count: number; reference?: number },
  chunks: readonly number[],
  times: readonly number[],
): Buffer {
  const size = 20 + chunks.length * 2 + times.length;
  const packet = Buffer.alloc(Math.ceil(size / 4) * 4);
  packet[0] = 0x80 | 15;
  packet[1] = 205;
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt16BE(first, 12);
  packet.writeUInt16BE(count, 14);
  packet.writeIntBE(reference, 16, 3);
  chunks.forEach((chunk, index) => packet.writeUInt16BE(chunk, 20 + index * 2));
  Buffer.from(times).copy(packet, 20 + chunks.length * 2);
  return packet;
}

function read(packet: Buffer): (number | null)[] | null {
  const result = readTransportFeedback(packet);
  return result && [...result.arrivals].map((time) => (Number.isNaN(time) ? null : time));
}

describe('readTransportFeedback', () => {
  it('reads runs, and vectors of one and of two bits', () => {
    // A run of three that arrived; 1 0 1 of a vector of one bit; 2 0 of a vector of two.
    const chunks = [0x2003, 0x8000 | (0b10_1000_0000_0000 >> 0), 0xc000 | (0b10_00 << 10)];
    const run = feedback({ count: 3, reference: 2 }, [chunks[0] as number], [4, 8, 0]);
    expect(read(run)).toEqual([129, 131, 131]);
    const vector = feedback({ count: 3 }, [chunks[1] as number], [4, 4]);
    expect(read(vector)).toEqual([1, null, 2]);
    // -1 quarter of a ms behind the one before.
    const wide = feedback({ count: 2, reference: -1 }, [chunks[2] as number], [0xff, 0xff]);
    expect(read(wide)).toEqual([-64.25, null]);
  });

  it('takes only as many packets as there are, and tells where they begin', () => {
    const packet = feedback({ first: 65_535, count: 1 }, [0x2fff], [4]);
    expect(readTransportFeedback(packet)).toEqual({ first: 65_535, arrivals: Float64Array.of(1) });
  });

  it('comes out of compound RTCP among others', () => {
    const pli = Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    const messages = readRtcp(Buffer.concat([feedback({ count: 1 }, [0x2001], [4]), pli]));
    expect(messages.map(({ kind }) => kind)).toEqual(['arrivals', 'pli']);
  });

  it.each([
    ['no packets', feedback({ count: 0 }, [], [])],
    ['more packets than can be', feedback({ count: 60_000 }, [0x1fff], [])],
    ['a run of none', feedback({ count: 5 }, [0x2000], [1])],
    ['statuses that are missing', feedback({ count: 100 }, [0x2001], [1])],
    ['times that are missing', feedback({ count: 40 }, [0x2028], [1])],
    ['half a time', feedback({ count: 1 }, [0x4001], []).subarray(0, 22)],
    ['less than a header', Buffer.alloc(12)],
  ])('passes over %s', (_what, packet) => {
    expect(readTransportFeedback(packet)).toBeNull();
  });

  it('survives any bytes', () => {
    let seed = 7;
    for (let round = 0; round < 20_000; round++) {
      const packet = feedback({ count: 1 }, [0x2001], [4, 0, 0, 0, 0, 0]);
      for (let i = 12; i < packet.length; i++) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        packet[i] = seed >> 16;
      }
      const result = readTransportFeedback(packet);
      if (result !== null) expect(result.arrivals.length).toBeLessThanOrEqual(4096);
    }
  });
});
