import { describe, expect, it } from 'vitest';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import { GroupMeter } from '../../../src/pipeline/group-meter.js';

/** Groups one after another, ten pictures a second, so long each, and the key frame after them. */
function measure(meter: GroupMeter, groupsMs: readonly number[], bytes: number = 1000): number {
  let changes = 0;
  let ms = 0;
  const note = (type: 'key' | 'delta', at: number): void => {
    const chunk = new EncodedVideoChunk({ type, timestamp: at * 1000, data: Buffer.alloc(bytes) });
    if (meter.note(chunk)) changes += 1;
  };
  for (const length of groupsMs) {
    for (let at = 0; at < length; at += 100) note(at === 0 ? 'key' : 'delta', ms + at);
    ms += length;
  }
  note('key', ms);
  return changes;
}

describe('GroupMeter', () => {
  it('knows nothing before a second of groups is over', () => {
    const meter = new GroupMeter();
    expect(measure(meter, [400, 400])).toBe(0);
    expect([meter.bitrate, meter.keyFrameMs]).toEqual([null, null]);
    expect(measure(new GroupMeter(), [1000])).toBe(1);
  });

  it('tells the rate of some groups, and the longest of them', () => {
    const meter = new GroupMeter();
    expect(measure(meter, [2000, 2000, 100, 2000])).toBe(1);
    expect([meter.bitrate, meter.keyFrameMs]).toEqual([80_000, 2000]);
  });

  it('tells of longer groups of the same rate, and forgets old ones', () => {
    const meter = new GroupMeter();
    expect(measure(meter, [500, 500, 4000])).toBe(2);
    expect(meter.keyFrameMs).toBe(4000);
    meter.interrupt();
    expect(measure(meter, Array<number>(12).fill(500))).toBe(1);
    expect([meter.bitrate, meter.keyFrameMs]).toEqual([80_000, 500]);
  });

  it('is not deceived by the short group at the end of a file that is shown again and again', () => {
    const meter = new GroupMeter();
    const round = [2000, 2000, 100];
    expect(measure(meter, [...round, ...round, ...round])).toBe(1);
    expect(meter.keyFrameMs).toBe(2000);
  });

  it('does not count a group that was interrupted, and forgets all when told to', () => {
    const meter = new GroupMeter();
    measure(meter, [1000]);
    meter.interrupt();
    measure(meter, [1000]);
    expect(meter.bitrate).toBe(80_000);
    meter.reset();
    expect([meter.bitrate, meter.keyFrameMs]).toEqual([null, null]);
  });
});
