import { expect, it } from 'vitest';
import { FrameScaler } from '../../src/codec/scale.js';
import { wrapNativeFrame } from '../../src/codec/native-frame.js';
import { VideoDecoder } from '../../src/codec/video-decoder.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { readTimestampStrip } from '../../src/source/testsrc/timestamp-strip.js';
import { CodecParameters, Packet, Rational } from 'node-av/lib';
import { AV_CODEC_ID_VP8, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { openSource } from '../support/read-source.js';

it('survives VP8 at 1.5 Mbit/s and scaling to a quarter', async () => {
  const source = await openSource('testsrc');
  await using encoder = await VideoEncoder.create({
    codec: 'vp8',
    width: 1280,
    height: 720,
    bitrate: 1_500_000,
    framerate: 30,
    hardwareAcceleration: 'prefer-software',
  });
  await using decoder = await VideoDecoder.open(vp8Stream());
  using scaler = new FrameScaler();
  const shown: { large: number | null; small: number | null; painted: number | null }[] = [];
  for (let i = 0; i < 45; i++) {
    using frame = await source.read();
    if (frame === null) break;
    const painted = readTimestampStrip(frame.toBuffer({ format: 'GRAY8' }), 1280, 1280, 720);
    for (const chunk of await encoder.encode(frame, { keyFrame: i === 0 })) {
      using packet = new Packet();
      packet.alloc();
      packet.data = chunk.data;
      for (const decoded of await decoder.decode(packet)) {
        using small = wrapNativeFrame(scaler.convert(decoded, { width: 320, height: 180 }), {
          timestamp: 0,
        });
        using large = wrapNativeFrame(decoded, { timestamp: 0 });
        shown.push({
          painted,
          large: readTimestampStrip(large.toBuffer({ format: 'GRAY8' }), 1280, 1280, 720),
          small: readTimestampStrip(small.toBuffer({ format: 'GRAY8' }), 320, 320, 180),
        });
      }
    }
  }
  await source.stop();
  expect(shown.length).toBeGreaterThan(40);
  for (const { painted, large, small } of shown) {
    expect(painted).not.toBeNull();
    expect(large).toBe(painted);
    expect(small).toBe(painted);
  }
});

function vp8Stream(): { codecpar: CodecParameters; timeBase: Rational } {
  const codecpar = new CodecParameters();
  codecpar.alloc();
  codecpar.codecType = AVMEDIA_TYPE_VIDEO;
  codecpar.codecId = AV_CODEC_ID_VP8;
  codecpar.width = 1280;
  codecpar.height = 720;
  return { codecpar, timeBase: new Rational(1, 1_000_000) };
}
