import { FormatContext, Packet } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import { AV_CODEC_ID_AV1, AV_CODEC_ID_FLV1, AV_CODEC_ID_H264 } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { hardwareDecoders } from '../../src/codec/hardware-decoders.js';
import type { HardwareDecoder } from '../../src/codec/hardware-decoders.js';
import { TriedVideoDecoder } from '../../src/codec/tried-video-decoder.js';
import { makeClip } from '../fixtures/make.js';
import type { ClipOptions } from '../fixtures/make.js';
import { readSource } from '../support/read-source.js';
import { recordingLogger } from '../support/transform-frames.js';

/** Stands in for hardware: FFmpeg's own decoders of these names. */
const named = (decoder: string): HardwareDecoder => ({ name: decoder, decoder, device: null });

/** Decodes a clip, and tells how many pictures came and what was logged. */
async function decode(
  clip: ClipOptions,
  candidates: HardwareDecoder[],
): Promise<{ count: number; lines: string[]; hardware: string | null }> {
  const logger = recordingLogger();
  const input = new FormatContext();
  await input.openInput(await makeClip(clip), null, null);
  await input.findStreamInfo(null);
  const [stream] = input.streams;
  if (stream === undefined) throw new Error('no stream');
  const decoder = new TriedVideoDecoder(stream, { candidates, logger });
  const frames: Frame[] = [];
  using packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    frames.push(...(await decoder.decode(packet)));
    packet.unref();
  }
  frames.push(...(await decoder.flush()));
  const { hardware } = decoder;
  await decoder.close();
  await input.closeInput();
  for (const frame of frames) frame.free();
  const lines = logger.lines.filter((line) => !line.startsWith('debug'));
  return { count: frames.length, lines, hardware };
}

describe('hardware decoders', () => {
  it('are tried in the order of encoders, as far as the platform may have them', () => {
    const of = (platform: NodeJS.Platform): string[] =>
      hardwareDecoders(AV_CODEC_ID_H264, platform).map(({ name }) => name);
    expect(of('linux')).toEqual(['h264_cuvid', 'h264 on vaapi', 'h264_qsv', 'h264_v4l2m2m']);
    expect(of('win32')).toEqual(['h264_cuvid', 'h264_qsv', 'h264 on d3d11va']);
    expect(of('darwin')).toEqual(['h264 on videotoolbox']);
    expect(of('aix')).toEqual([]);
    expect(hardwareDecoders(AV_CODEC_ID_FLV1, 'linux')).toEqual([]);
    // The usual decoder of AV1 knows no hardware.
    expect(hardwareDecoders(AV_CODEC_ID_AV1, 'linux')[1]).toMatchObject({ decoder: 'av1' });
  });

  it('keep a stream that they can decode', async () => {
    const { count, lines, hardware } = await decode({ codec: 'vp9', container: 'webm' }, [
      named('libvpx-vp9'),
    ]);
    expect(count).toBe(30);
    expect(hardware).toBe('libvpx-vp9');
    expect(lines).toEqual(['info: decoding in hardware: libvpx-vp9']);
  });

  it.each([
    ['is not there', ['no_such_decoder']],
    ['cannot be opened', ['h264_cuvid', 'h264_v4l2m2m']],
    ['cannot decode the stream', ['libvpx']],
    ['gives no picture', ['rawvideo']],
  ])('give way to software without losing a picture when one %s', async (_why, decoders) => {
    for (const bFrames of [0, 2]) {
      const { count, lines, hardware } = await decode({ bFrames }, decoders.map(named));
      expect(count).toBe(30);
      expect(hardware).toBeNull();
      expect(lines).toEqual([expect.stringContaining(`${decoders[0]}: `)]);
      expect(lines[0]).toContain('in software');
    }
  });

  it('give way to the next of them', async () => {
    const { count, hardware } = await decode({ codec: 'vp9', container: 'webm' }, [
      named('vp9_cuvid'),
      named('libvpx'),
      named('libvpx-vp9'),
    ]);
    expect(count).toBe(30);
    expect(hardware).toBe('libvpx-vp9');
  });

  it('are asked for by the source, and missed by nobody', async () => {
    const file = await makeClip({ bFrames: 2 });
    const logger = recordingLogger();
    const { frames } = await readSource(file, { hardwareAcceleration: 'prefer-hardware', logger });
    expect(frames.map(({ number }) => number)).toEqual(frames.map((_, index) => index));
    expect(frames).toHaveLength(30);
    expect(logger.lines.filter((line) => /^(warn|info)/.test(line))).toHaveLength(1);
  });
});
