import { afterEach, describe, expect, it } from 'vitest';
import { ReceivedVideoDecoder } from '../../src/codec/received-video-decoder.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { InvalidStateError } from '../../src/errors.js';
import { EncodedVideoChunk, receivableCodecNames } from '../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { barError, encoderConfig, flatFrame, rgbBars } from '../support/codec-pictures.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const coder of open.splice(0)) await coder.close();
});

async function decoder(codec: ReceivableCodecName): Promise<ReceivedVideoDecoder> {
  const made = await ReceivedVideoDecoder.create(codec);
  open.push(made);
  return made;
}

/** A key picture and two more, of colour bars. */
async function chunks(
  codec: ReceivableCodecName,
  width: number,
  height: number,
): Promise<EncodedVideoChunk[]> {
  await using encoder = await VideoEncoder.create(encoderConfig({ codec, width, height }));
  const made: EncodedVideoChunk[] = [];
  for (const timestamp of [1_000_000, 1_033_333, 1_066_667]) {
    const init = { format: 'RGB', codedWidth: width, codedHeight: height, timestamp } as const;
    const frame = VideoFrame.fromBuffer(rgbBars(width, height), init);
    made.push(...(await encoder.encode(frame, { keyFrame: timestamp === 1_000_000 })));
    frame.close();
  }
  return made;
}

function chunk(data: Buffer, type: 'key' | 'delta' = 'key'): EncodedVideoChunk {
  return new EncodedVideoChunk({ type, timestamp: 0, data });
}

describe('ReceivedVideoDecoder', () => {
  it.each(receivableCodecNames)(
    'gives each picture of %s at once, with its time',
    async (codec) => {
      const player = await decoder(codec);
      for (const picture of await chunks(codec, 320, 180)) {
        const frames = await player.decode(picture);
        expect(frames).toHaveLength(1);
        const [frame] = frames;
        expect(frame).toMatchObject({
          timestamp: picture.timestamp,
          codedWidth: 320,
          codedHeight: 180,
          closed: false,
        });
        expect(barError(frame?.toBuffer({ format: 'RGB' }) as Buffer, 320, 180)).toBeLessThan(24);
        frame?.close();
      }
      expect(player.errors).toBe(0);
    },
  );

  it.each(receivableCodecNames)('follows another size of %s on the way', async (codec) => {
    const player = await decoder(codec);
    const all = [...(await chunks(codec, 320, 180)), ...(await chunks(codec, 640, 480))];
    const sizes: string[] = [];
    for (const picture of all) {
      for (const frame of await player.decode(picture)) {
        sizes.push(`${frame.codedWidth}x${frame.codedHeight}`);
        frame.close();
      }
    }
    expect(sizes).toEqual([
      ...Array<string>(3).fill('320x180'),
      ...Array<string>(3).fill('640x480'),
    ]);
  });

  it('takes chunks that are handed in at once, in turn', async () => {
    const player = await decoder('vp8');
    const all = await chunks('vp8', 320, 180);
    const frames = (await Promise.all(all.map((picture) => player.decode(picture)))).flat();
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(all.map(({ timestamp }) => timestamp));
    for (const frame of frames) frame.close();
  });

  it.each(receivableCodecNames)(
    'survives damaged %s and shows the next key picture',
    async (codec) => {
      const player = await decoder(codec);
      const all = await chunks(codec, 320, 180);
      const [first] = all as [EncodedVideoChunk];
      for (let i = 0; i < 300; i++) {
        const data = Buffer.from(first.data.subarray(0, (i * 37) % first.byteLength));
        for (let at = i % 11; at < data.length; at += 13) data[at] = (data[at] as number) ^ (i + 1);
        for (const frame of await player.decode(chunk(data))) frame.close();
      }
      expect(player.errors).toBeGreaterThan(0);
      const frames = await player.decode(first);
      expect(frames).toHaveLength(1);
      for (const frame of frames) frame.close();
    },
  );

  it('shows nothing before a key picture', async () => {
    const player = await decoder('vp8');
    const [, second] = await chunks('vp8', 320, 180);
    expect(await player.decode(second as EncodedVideoChunk)).toEqual([]);
    expect(await player.decode(chunk(Buffer.alloc(0)))).toEqual([]);
  });

  it('refuses a header that claims a giant picture', async () => {
    const player = await decoder('vp8');
    const [first] = await chunks('vp8', 320, 180);
    const data = Buffer.from((first as EncodedVideoChunk).data);
    // RFC 6386, section 9.1: three bytes of tag, three of start code, width, height.
    data.writeUInt16LE(16_383, 6);
    data.writeUInt16LE(16_383, 8);
    const before = process.memoryUsage().rss;
    expect(await player.decode(chunk(data))).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    expect(player.errors).toBe(1);
  });

  it('holds no memory of the pictures it gave', async () => {
    const player = await decoder('vp8');
    await using encoder = await VideoEncoder.create(encoderConfig({ width: 640, height: 480 }));
    const frame = flatFrame('I420', 640, 480);
    const [picture] = await encoder.encode(frame, { keyFrame: true });
    frame.close();
    const run = async (): Promise<number> => {
      for (let i = 0; i < 500; i++) {
        for (const made of await player.decode(picture as EncodedVideoChunk)) made.close();
      }
      return process.memoryUsage().rss;
    };
    const before = await run();
    expect((await run()) - before).toBeLessThan(40 * 2 ** 20);
  });

  it('closes twice, after the chunk at work, and is used no more', async () => {
    const player = await decoder('vp8');
    const [first] = (await chunks('vp8', 320, 180)) as [EncodedVideoChunk];
    const working = player.decode(first);
    await Promise.all([player.close(), player.close()]);
    for (const frame of await working) frame.close();
    expect(player.closed).toBe(true);
    await expect(player.decode(first)).rejects.toThrow(InvalidStateError);
  });

  it('refuses an unknown codec', async () => {
    for (const wrong of ['av1', '', undefined]) {
      await expect(ReceivedVideoDecoder.create(wrong as ReceivableCodecName)).rejects.toThrow(
        TypeError,
      );
    }
  });
});
