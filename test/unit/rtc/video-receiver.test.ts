import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPacketizer } from '../../../src/codec/packetizer.js';
import { EncodedVideoChunk, receivableCodecNames } from '../../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../../src/media/encoded-video-chunk.js';
import { RtpClock, Timeline } from '../../../src/rtc/rtp-clock.js';
import type { ReceivedRtp } from '../../../src/rtc/rtp-packet.js';
import { VideoReceiver } from '../../../src/rtc/video-receiver.js';
import { bitstream } from '../../support/bitstreams.js';
import { pseudoRandom, received } from '../../support/rtp-packets.js';

type Picture = readonly ReceivedRtp[];

/** A receiver, what it tells, and pictures to feed it with. */
class Scene {
  readonly got: string[] = [];
  readonly asked: number[][] = [];
  keyFramesAsked = 0;
  lost = 0;
  readonly receiver: VideoReceiver;
  readonly #codec: ReceivableCodecName;
  readonly #packetizer: ReturnType<typeof createPacketizer>;
  #index = 65_530;
  #count = 0;

  constructor(codec: ReceivableCodecName = 'vp8', nack = true) {
    this.#codec = codec;
    this.#packetizer = createPacketizer(codec, { maxPayloadSize: 500 });
    this.receiver = new VideoReceiver({
      codec,
      clock: new RtpClock(90_000, new Timeline()),
      nack,
      roundTripMs: () => 40,
      onPicture: ({ type, timestamp, data }) => {
        expect(data.equals(bitstream(codec, type, data.length))).toBe(true);
        this.got.push(`${type} ${Math.round(timestamp / 1000)}`);
      },
      askFor: (indexes) => this.asked.push([...indexes]),
      askForKeyFrame: () => {
        this.keyFramesAsked += 1;
      },
      onLost: () => {
        this.lost += 1;
      },
    });
  }

  /** The packets of the next picture, 30 ms after the last; about 500 bytes each. */
  next(type: 'key' | 'delta', size = 1400): Picture {
    const data = bitstream(this.#codec, type, size);
    const chunk = new EncodedVideoChunk({ type, timestamp: 0, data });
    const { payloads } = this.#packetizer.packetize(chunk);
    const timestamp = this.#count++ * 2700;
    return payloads.map((payload, at) =>
      received(this.#index++, { timestamp, payload, marker: at === payloads.length - 1 }),
    );
  }

  push(...packets: readonly ReceivedRtp[]): void {
    for (const packet of packets) this.receiver.push(packet, performance.now());
  }
}

let scene: Scene;

beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
});

afterEach(() => {
  scene.receiver.close();
  if (vi.getTimerCount() > 0) throw new Error('a timer was left');
  vi.useRealTimers();
});

describe.each(receivableCodecNames)('%s', (codec) => {
  it('comes out whole, picture by picture, as soon as it is there', () => {
    scene = new Scene(codec);
    const pictures = [scene.next('key', 5000), scene.next('delta'), scene.next('delta', 60)];
    pictures.forEach((picture, number) => {
      scene.push(...picture.slice(0, -1));
      expect(scene.got).toHaveLength(number);
      scene.push(...picture.slice(-1));
      expect(scene.got).toHaveLength(number + 1);
    });
    expect(scene.got).toEqual(['key 0', 'delta 30', 'delta 60']);
    expect(scene).toMatchObject({ asked: [], keyFramesAsked: 0, lost: 0 });
  });

  it('comes out whole when its packets come in any order', () => {
    scene = new Scene(codec);
    const random = pseudoRandom(3);
    const first = scene.next('key');
    scene.push(...first);
    const rest = Array.from({ length: 8 }, () => scene.next('delta')).flat();
    // Each packet swaps places with one nearby.
    const order = rest.map((packet, at) => ({ packet, at: at + random() * 4 }));
    scene.push(...order.sort((a, b) => a.at - b.at).map(({ packet }) => packet));
    expect(scene.got).toHaveLength(9);
    expect(scene.lost).toBe(0);
  });

  it('goes on with the next key picture after a loss for good', () => {
    scene = new Scene(codec, false);
    scene.push(...scene.next('key'));
    scene.push(...scene.next('delta').slice(1), ...scene.next('delta'));
    vi.advanceTimersByTime(100);
    scene.push(...scene.next('delta'));
    expect(scene.got).toEqual(['key 0']);
    expect(scene).toMatchObject({ asked: [], keyFramesAsked: 1, lost: 1 });
    scene.push(...scene.next('key', 4000), ...scene.next('delta'));
    expect(scene.got).toEqual(['key 0', 'key 120', 'delta 150']);
  });
});

describe('a missing packet', () => {
  it('is asked for at once, and again while it does not come', () => {
    scene.push(...scene.next('key'));
    const [first, ...others] = scene.next('delta');
    scene.push(...others);
    expect(scene.asked).toEqual([[first!.index]]);
    vi.advanceTimersByTime(45);
    expect(scene.asked).toHaveLength(1);
    vi.advanceTimersByTime(20);
    expect(scene.asked).toHaveLength(2);
    scene.push(...scene.next('delta'));
    expect(scene.got).toEqual(['key 0']);
    scene.push(first!);
    expect(scene.got).toEqual(['key 0', 'delta 30', 'delta 60']);
    vi.advanceTimersByTime(1000);
    expect(scene.asked).toHaveLength(2);
    expect(scene).toMatchObject({ keyFramesAsked: 0, lost: 0 });
  });

  it('makes a key picture worth asking for after a while, which ends the wait', () => {
    scene.push(...scene.next('key'));
    scene.push(...scene.next('delta').slice(1));
    vi.advanceTimersByTime(190);
    expect(scene.keyFramesAsked).toBe(0);
    vi.advanceTimersByTime(40);
    expect(scene.keyFramesAsked).toBe(1);
    scene.push(...scene.next('delta'), ...scene.next('key'), ...scene.next('delta'));
    expect(scene.got).toEqual(['key 0', 'key 90', 'delta 120']);
    const { length } = scene.asked;
    vi.advanceTimersByTime(1000);
    expect(scene.asked).toHaveLength(length);
  });

  it('is given up in the end', () => {
    scene.push(...scene.next('key'));
    scene.push(...scene.next('delta').slice(1));
    vi.advanceTimersByTime(700);
    expect(scene.asked.length).toBeGreaterThan(5);
    expect(scene.asked.length).toBeLessThanOrEqual(10);
    expect(scene.lost).toBe(1);
    scene.push(...scene.next('delta'));
    expect(scene.got).toEqual(['key 0']);
    scene.push(...scene.next('key'));
    expect(scene.got).toEqual(['key 0', 'key 90']);
  });

  it('may be the beginning of the first key picture', () => {
    const [first, ...others] = scene.next('key');
    scene.push(
      received(first!.index - 1, { payload: Buffer.from([0]), timestamp: 5, marker: true }),
    );
    scene.push(...others, ...scene.next('delta'));
    expect(scene.asked).toEqual([[first!.index]]);
    scene.push(first!);
    expect(scene.got).toHaveLength(2);
  });

  it('among hundreds is not asked for: a key picture is', () => {
    scene.push(...scene.next('key'));
    Array.from({ length: 120 }, () => scene.next('delta'));
    scene.push(...scene.next('delta'));
    expect(scene).toMatchObject({ asked: [], keyFramesAsked: 1, lost: 1 });
    scene.push(...scene.next('key'));
    expect(scene.got).toHaveLength(2);
  });
});

describe('a key picture', () => {
  it('is asked for when none has come, rarer and rarer', () => {
    for (let i = 0; i < 300; i++) {
      scene.push(...scene.next('delta'));
      vi.advanceTimersByTime(30);
    }
    expect(scene.got).toEqual([]);
    expect(scene.keyFramesAsked).toBeGreaterThan(4);
    expect(scene.keyFramesAsked).toBeLessThan(9);
  });

  it('is asked for by the second, too, and by whoever wants one', () => {
    scene.receiver.requestKeyFrame(performance.now());
    scene.receiver.requestKeyFrame(performance.now());
    expect(scene.keyFramesAsked).toBe(1);
    vi.advanceTimersByTime(1000);
    scene.receiver.tick(performance.now());
    expect(scene.keyFramesAsked).toBe(2);
    scene.push(...scene.next('key'));
    vi.advanceTimersByTime(10_000);
    scene.receiver.tick(performance.now());
    expect(scene.keyFramesAsked).toBe(2);
  });

  it('is not asked for while one is coming', () => {
    scene.push(...scene.next('key', 5000).slice(0, 5));
    vi.advanceTimersByTime(1000);
    scene.receiver.tick(performance.now());
    expect(scene.keyFramesAsked).toBe(0);
  });
});

describe('what is not a picture', () => {
  it('costs a key picture when a picture should be there', () => {
    scene.push(...scene.next('key'));
    const [first, ...others] = scene.next('delta');
    scene.push({ ...first!, payload: Buffer.from([0xff]) }, ...others, ...scene.next('delta'));
    expect(scene).toMatchObject({ got: ['key 0'], keyFramesAsked: 1, lost: 1 });
    scene.push(...scene.next('key'));
    expect(scene.got).toHaveLength(2);
  });

  it('is padding, which is passed over', () => {
    const key = scene.next('key');
    scene.push(...key);
    const { index, timestamp } = key.at(-1)!;
    scene.push(received(index + 1, { timestamp }), received(index + 2, { timestamp }));
    const delta = scene.next('delta').map((packet) => ({ ...packet, index: packet.index + 2 }));
    scene.push(...delta);
    expect(scene.got).toEqual(['key 0', 'delta 30']);
  });

  it('may end without a mark, where the next one begins', () => {
    scene.push(...scene.next('key').map((packet) => ({ ...packet, marker: false })));
    scene.push(...scene.next('delta').map((packet) => ({ ...packet, marker: false })));
    expect(scene.got).toEqual(['key 0']);
    scene.push(...scene.next('delta').slice(0, 1));
    expect(scene.got).toEqual(['key 0', 'delta 30']);
  });
});

describe('a flood', () => {
  it('of packets of one endless picture is not kept', () => {
    scene.push(...scene.next('key'));
    const [first] = scene.next('delta');
    for (let i = 0; i < 5000; i++)
      scene.push({ ...first!, index: first!.index + i, marker: false });
    expect(scene.lost).toBeGreaterThan(0);
    vi.advanceTimersByTime(5000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of holes is not kept track of', () => {
    for (let i = 0; i < 3000; i++)
      scene.push(received(i * 31, { payload: Buffer.from([0x10, 1]) }));
    vi.advanceTimersByTime(5000);
    expect(vi.getTimerCount()).toBe(0);
    expect(Math.max(...scene.asked.map(({ length }) => length))).toBeLessThanOrEqual(256);
  });

  it('of noise throws nothing and leaves pictures possible', () => {
    const random = pseudoRandom(5);
    for (let i = 0; i < 3000; i++) {
      const bytes = Array.from({ length: Math.floor(random() * 30) }, () =>
        Math.floor(random() * 256),
      );
      scene.push(
        received(Math.floor(random() * 60_000), {
          payload: Buffer.from(bytes),
          marker: random() < 0.3,
          timestamp: Math.floor(random() * 10),
        }),
      );
    }
    scene.got.length = 0;
    vi.advanceTimersByTime(2000);
    scene.push(...scene.next('key'), ...scene.next('delta'));
    expect(scene.got.map((picture) => picture.split(' ')[0])).toEqual(['key', 'delta']);
  });
});

it('begins anew with another sender', () => {
  scene.push(...scene.next('key'), ...scene.next('delta').slice(1));
  scene.receiver.reset();
  expect(scene.receiver.highest).toBeNull();
  const picture = scene.next('key').map((packet, at) => ({ ...packet, index: 3 + at }));
  scene.push(...picture);
  expect(scene.got).toHaveLength(2);
});

it('takes nothing once closed', () => {
  scene.push(...scene.next('key'));
  scene.receiver.close();
  scene.receiver.close();
  scene.push(...scene.next('key'));
  scene.receiver.tick(performance.now());
  scene.receiver.requestKeyFrame(performance.now());
  expect(scene).toMatchObject({ got: ['key 0'], keyFramesAsked: 0 });
});
