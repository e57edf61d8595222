import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { AudioDecoder } from '../../src/codec/audio-decoder.js';
import { AudioEncoder } from '../../src/codec/audio-encoder.js';
import { ReceivedVideoDecoder } from '../../src/codec/received-video-decoder.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { silentLogger } from '../../src/logger.js';
import { AudioData } from '../../src/media/audio-data.js';
import type { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type {
  PacketizedVideoChunk,
  ReceivableCodecName,
} from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { IncomingAudio } from '../../src/realtime/webrtc/incoming-audio.js';
import { IncomingVideo } from '../../src/realtime/webrtc/incoming-video.js';
import { OutgoingAudio } from '../../src/realtime/webrtc/outgoing-audio.js';
import { OutgoingVideo } from '../../src/realtime/webrtc/outgoing-video.js';
import { loudnessAt } from '../support/received-media.js';

const logger = silentLogger;

function gray(level: number, timestamp: number, width = 160, height = 120): VideoFrame {
  const pixels = Buffer.alloc(width * height, level);
  const shape = { format: 'GRAY8', codedWidth: width, codedHeight: height } as const;
  return VideoFrame.fromBuffer(pixels, { ...shape, timestamp });
}

function tone(index: number, sampleRate = 48_000): AudioData {
  const count = sampleRate / 50;
  const samples = Int16Array.from({ length: count }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * (index * count + i)) / sampleRate)),
  );
  return AudioData.from(samples, { sampleRate, timestamp: index * 20_000 });
}

async function encoded(codec: ReceivableCodecName, count: number): Promise<EncodedVideoChunk[]> {
  const config = { codec, width: 160, height: 120, bitrate: 500_000, framerate: 30 };
  const hardwareAcceleration = 'no-preference';
  await using encoder = await VideoEncoder.create({ ...config, hardwareAcceleration });
  const chunks: EncodedVideoChunk[] = [];
  for (let i = 0; i < count; i++) {
    using frame = gray(i * 5, i * 33_333);
    chunks.push(...(await encoder.encode(frame)));
  }
  return chunks;
}

function outgoing(codec: ReceivableCodecName = 'vp8') {
  const written: PacketizedVideoChunk[] = [];
  const options = { codec, maxBitrate: 1_000_000, framerate: 30, logger };
  const video = new OutgoingVideo({ ...options, write: (picture) => written.push(picture) });
  const types = (): string[] => written.map(({ chunk }) => chunk.type);
  return { video, written, types };
}

describe('OutgoingVideo', () => {
  it.each(['vp8', 'h264', 'vp9'] as const)(
    'encodes %s that decodes to what was shown',
    async (codec) => {
      const { video, written, types } = outgoing(codec);
      for (let i = 0; i < 5; i++) await video.show(gray(100, i * 33_333));
      expect(types()).toEqual(['key', 'delta', 'delta', 'delta', 'delta']);
      expect(written.map(({ chunk }) => chunk.timestamp)).toEqual([
        0, 33_333, 66_666, 99_999, 133_332,
      ]);
      await using decoder = await ReceivedVideoDecoder.create(codec);
      const [frame] = await decoder.decode(written[0]!.chunk);
      expect(frame?.toBuffer({ format: 'GRAY8' })[0]).toBeCloseTo(100, -1);
      frame?.close();
      await video.close();
    },
  );

  it('opens another encoder when the size changes, and closes every frame', async () => {
    const { video, types } = outgoing();
    const frames = [
      gray(1, 0),
      gray(2, 33_000),
      gray(3, 66_000, 320, 240),
      gray(4, 99_000, 320, 240),
    ];
    for (const frame of frames) await video.show(frame);
    expect(types()).toEqual(['key', 'delta', 'key', 'delta']);
    expect(frames.map(({ closed }) => closed)).toEqual([true, true, true, true]);
    await video.close();
  });

  it('makes a key frame when asked for one, and not for every request', async () => {
    const { video, types } = outgoing();
    await video.show(gray(0, 0));
    await vi.waitFor(
      async () => {
        video.requestKeyFrame();
        await video.show(gray(0, 0));
        expect(types().filter((type) => type === 'key')).toHaveLength(2);
      },
      { timeout: 5000, interval: 20 },
    );
    expect(types().length).toBeGreaterThan(5);
    await video.close();
  });

  it('sends less when the client gets less through, without a key frame', async () => {
    const { video, types } = outgoing();
    // Detail that no encoder can do without.
    const noise = (i: number): VideoFrame => {
      const pixels = randomBytes(160 * 120);
      const shape = { format: 'GRAY8', codedWidth: 160, codedHeight: 120 } as const;
      return VideoFrame.fromBuffer(pixels, { ...shape, timestamp: i * 33_333 });
    };
    let i = 0;
    await vi.waitFor(
      async () => {
        await video.show(noise(i++));
        video.setBandwidth(200_000);
        expect(video.bitrate).toBe(170_000);
      },
      { timeout: 10_000, interval: 20 },
    );
    const before = types().length;
    await video.show(noise(i++));
    expect(types().slice(before)).toEqual(['delta']);
    await video.close();
    video.setBandwidth(5_000_000);
  });

  it('leaves out what is handed in without waiting', async () => {
    const { video, written } = outgoing();
    const frames = Array.from({ length: 10 }, (_, i) => gray(i, i * 33_333));
    await Promise.all(frames.map((frame) => video.show(frame)));
    expect(written).toHaveLength(2);
    expect(frames.every(({ closed }) => closed)).toBe(true);
    await video.close();
  });

  it('frees everything when closed at work, and takes nothing afterwards', async () => {
    const { video, written } = outgoing();
    const frame = gray(1, 0);
    const late = gray(2, 33_000);
    const showing = video.show(frame);
    await Promise.all([showing, video.close(), video.close()]);
    await video.show(late);
    expect([frame.closed, late.closed]).toEqual([true, true]);
    expect(written.length).toBeLessThanOrEqual(1);
  });

  it('outlives a frame that cannot be encoded', async () => {
    const { video, written } = outgoing();
    const closed = gray(1, 0);
    closed.close();
    await video.show(closed);
    await vi.waitFor(
      async () => {
        await video.show(gray(2, 33_000));
        expect(written.length).toBeGreaterThan(0);
      },
      { timeout: 5000 },
    );
    await video.close();
  });
});

describe('IncomingVideo', () => {
  function incoming(wanted = () => true) {
    const frames: VideoFrame[] = [];
    const asked = { count: 0 };
    const video = new IncomingVideo({
      wanted,
      deliver: (frame) => frames.push(frame),
      requestKeyFrame: () => (asked.count += 1),
      logger,
    });
    const close = async (): Promise<void> => {
      await video.close();
      frames.forEach((frame) => frame.close());
    };
    return { video, frames, asked, close };
  }

  it.each(['vp8', 'h264', 'vp9'] as const)('decodes %s', async (codec) => {
    const { video, frames, close } = incoming();
    const chunks = await encoded(codec, 5);
    for (const chunk of chunks) video.push(chunk, codec);
    await vi.waitFor(() => expect(frames).toHaveLength(5));
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(chunks.map((c) => c.timestamp));
    expect(frames[4]?.toBuffer({ format: 'GRAY8' })[0]).toBeCloseTo(20, -1);
    await close();
  });

  it('asks for a key frame when it begins without one', async () => {
    const { video, frames, asked, close } = incoming();
    const [key, ...deltas] = await encoded('vp8', 4);
    for (const chunk of deltas) video.push(chunk, 'vp8');
    expect([asked.count, video.skipped]).toEqual([1, 3]);
    video.push(key!, 'vp8');
    await vi.waitFor(() => expect(frames).toHaveLength(1));
    await close();
  });

  it('gives up what waits when it is behind, and goes on with the next key frame', async () => {
    const { video, frames, asked, close } = incoming();
    const [key, delta] = await encoded('vp8', 2);
    video.push(key!, 'vp8');
    for (let i = 0; i < 50; i++) video.push(delta!, 'vp8');
    expect(asked.count).toBe(1);
    expect(video.skipped).toBeGreaterThan(40);
    const newest = new EncodedVideoChunk({ type: 'key', timestamp: 9_000_000, data: key!.data });
    video.push(newest, 'vp8');
    await vi.waitFor(() => expect(frames.at(-1)?.timestamp).toBe(9_000_000));
    expect(frames.length).toBeLessThan(5);
    await close();
  });

  it('decodes nothing while nobody wants it', async () => {
    let wanted = false;
    const { video, frames, close } = incoming(() => wanted);
    const [key, delta] = await encoded('vp8', 2);
    video.push(key!, 'vp8');
    wanted = true;
    video.push(delta!, 'vp8');
    expect([video.skipped, frames.length]).toEqual([2, 0]);
    video.push(key!, 'vp8');
    await vi.waitFor(() => expect(frames).toHaveLength(1));
    await close();
  });

  it('follows a change of codec', async () => {
    const { video, frames, close } = incoming();
    for (const codec of ['vp8', 'h264'] as const) {
      for (const chunk of await encoded(codec, 2)) video.push(chunk, codec);
    }
    await vi.waitFor(() => expect(frames).toHaveLength(4));
    await close();
  });

  it('keeps no frame when closed at work', async () => {
    const { video, frames } = incoming();
    for (const chunk of await encoded('vp8', 5)) video.push(chunk, 'vp8');
    await Promise.all([video.close(), video.close()]);
    const delivered = frames.length;
    frames.forEach((frame) => frame.close());
    video.push((await encoded('vp8', 1))[0]!, 'vp8');
    expect(frames).toHaveLength(delivered);
  });

  it('outlives bytes that are no picture', async () => {
    const { video, frames, close } = incoming();
    const data = Buffer.from('nonsense');
    video.push(new EncodedVideoChunk({ type: 'key', timestamp: 0, data }), 'vp8');
    for (const chunk of await encoded('vp8', 2)) video.push(chunk, 'vp8');
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(0));
    await close();
  });
});

describe('IncomingAudio and OutgoingAudio', () => {
  it('carry a tone', () => {
    const sound: Int16Array[] = [];
    const deliver = (audio: AudioData): void => void sound.push(audio.toInt16());
    const incoming = new IncomingAudio({
      wanted: () => true,
      deliver,
      numberOfChannels: 1,
      logger,
    });
    const sent: EncodedAudioChunk[] = [];
    const outgoing = new OutgoingAudio({ write: (chunk) => sent.push(chunk), logger });
    for (let i = 0; i < 50; i++) outgoing.play(tone(i, 24_000));
    // Of 1 s, the resampler may keep a rest.
    expect(sent.length).toBeGreaterThanOrEqual(49);
    for (const chunk of sent) incoming.push(chunk, 0);
    const samples = Int16Array.from(sound.flatMap((piece) => [...piece])).subarray(9600);
    expect(loudnessAt(samples, 440)).toBeGreaterThan(7000);
    expect(loudnessAt(samples, 1000)).toBeLessThan(500);
    incoming.close();
    outgoing.close();
    outgoing.play(tone(0));
    incoming.push(sent[0]!, 0);
    expect(sound).toHaveLength(sent.length);
  });

  it('make up for what is lost, within bounds', () => {
    let frames = 0;
    const deliver = ({ numberOfFrames }: AudioData): void => void (frames += numberOfFrames);
    const incoming = new IncomingAudio({
      wanted: () => true,
      deliver,
      numberOfChannels: 2,
      logger,
    });
    using encoder = AudioEncoder.create({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    const [chunk] = encoder.encode(tone(0));
    incoming.push(chunk!, 100);
    expect(frames).toBe(960);
    incoming.push(chunk!, 2);
    expect(frames).toBe(960 * 4);
    incoming.push(chunk!, 1000);
    expect(frames).toBe(960 * 15);
    incoming.close();
  });

  it('decode nothing that nobody wants', () => {
    const deliver = vi.fn();
    const incoming = new IncomingAudio({
      wanted: () => false,
      deliver,
      numberOfChannels: 1,
      logger,
    });
    using encoder = AudioEncoder.create({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    incoming.push(encoder.encode(tone(0))[0]!, 0);
    expect(deliver).not.toHaveBeenCalled();
    incoming.close();
  });

  it('follow a change of rate and layout', () => {
    const sent: EncodedAudioChunk[] = [];
    const outgoing = new OutgoingAudio({ write: (chunk) => sent.push(chunk), logger });
    outgoing.play(tone(0, 48_000));
    const stereo = AudioData.from(new Int16Array(960), { sampleRate: 24_000, numberOfChannels: 2 });
    outgoing.play(stereo.at(20_000));
    outgoing.clear();
    outgoing.play(stereo.at(40_000));
    outgoing.play(stereo.at(60_000));
    expect(sent.length).toBeGreaterThanOrEqual(2);
    using decoder = AudioDecoder.create({ codec: 'opus' });
    for (const chunk of sent) expect(decoder.decode(chunk)[0]?.numberOfFrames).toBe(960);
    outgoing.close();
  });
});
