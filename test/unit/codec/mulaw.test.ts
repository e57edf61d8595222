import { Codec, CodecContext, FFmpegError, Frame, Packet, Rational } from 'node-av/lib';
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CODEC_ID_PCM_MULAW,
  AV_SAMPLE_FMT_S16,
} from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../../src/codec/mulaw.js';

const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
/** Table 2 of G.711, in 14 bits: 0, 1, 3, 5, ... 31, 35, ...: 16 steps a segment, twice as wide in the next. */
const decisionValues = Array.from({ length: 128 }, (_, step) =>
  Math.max(0, ((32 + 2 * (step & 15)) << (step >> 4)) - 33),
);

const everyCode = Uint8Array.from({ length: 256 }, (_, i) => i);

function openContext(codec: Codec | null): CodecContext {
  const context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = 8000;
  context.channelLayout = AV_CHANNEL_LAYOUT_MONO;
  context.sampleFormat = AV_SAMPLE_FMT_S16;
  context.timeBase = new Rational(1, 8000);
  FFmpegError.throwIfError(context.open2Sync(codec));
  return context;
}

function ffmpegEncode(samples: Int16Array): Buffer {
  using context = openContext(Codec.findEncoder(AV_CODEC_ID_PCM_MULAW));
  using frame = Frame.fromAudioBuffer(Buffer.from(samples.buffer), {
    nbSamples: samples.length,
    format: AV_SAMPLE_FMT_S16,
    sampleRate: 8000,
    channelLayout: AV_CHANNEL_LAYOUT_MONO,
  });
  using packet = new Packet();
  packet.alloc();
  FFmpegError.throwIfError(context.sendFrameSync(frame));
  FFmpegError.throwIfError(context.receivePacketSync(packet));
  return Buffer.from(packet.data as Buffer);
}

function ffmpegDecode(codes: Uint8Array): Int16Array {
  using context = openContext(Codec.findDecoder(AV_CODEC_ID_PCM_MULAW));
  using packet = new Packet();
  packet.alloc();
  packet.data = Buffer.from(codes);
  using frame = new Frame();
  frame.alloc();
  FFmpegError.throwIfError(context.sendPacketSync(packet));
  FFmpegError.throwIfError(context.receiveFrameSync(frame));
  return new Int16Array(Uint8Array.from(frame.toBuffer()).buffer);
}

describe('mu-law', () => {
  it('decodes every code as FFmpeg does', () => {
    expect([...decodeMulaw(everyCode)]).toEqual([...ffmpegDecode(everyCode)]);
  });

  it('encodes every sample by the decision values of the standard', () => {
    const codes = encodeMulaw(everySample);
    everySample.forEach((sample, i) => {
      const magnitude = (sample < 0 ? ~sample : sample) >> 2;
      const interval = decisionValues.filter((value) => value <= magnitude).length - 1;
      const code = ~((sample < 0 ? 0x80 : 0) | interval) & 0xff;
      if (codes[i] !== code) expect.unreachable(`${sample}: ${codes[i]} instead of ${code}`);
    });
  });

  it('encodes as FFmpeg does, but for some values next to where steps become wider', () => {
    // FFmpeg decides at the middle of two decoded values; the standard puts that limit elsewhere.
    const ours = encodeMulaw(everySample);
    const theirs = ffmpegEncode(everySample);
    let different = 0;
    ours.forEach((code, i) => {
      if (code === theirs[i]) return;
      different += 1;
      if (Math.abs(code - (theirs[i] as number)) !== 1) expect.unreachable(`${i - 32_768}`);
    });
    expect(different).toBeLessThan(1000);
  });

  it('gives each code back as it was, but for the two zeros', () => {
    const again = encodeMulaw(decodeMulaw(everyCode));
    expect([...again].filter((code, i) => code !== i)).toEqual([0xff]);
  });

  it('starts as the standard says', () => {
    expect([...encodeMulaw(Int16Array.of(0, -1, 32_767, -32_768))]).toEqual([
      0xff, 0x7f, 0x80, 0x00,
    ]);
    expect([...decodeMulaw(Uint8Array.of(0x00, 0x80, 0x7f, 0xff))]).toEqual([
      -32_124, 32_124, 0, 0,
    ]);
  });

  it('takes nothing, and views into larger memory', () => {
    expect(encodeMulaw(new Int16Array(0))).toHaveLength(0);
    expect(decodeMulaw(new Uint8Array(0))).toHaveLength(0);
    expect([...encodeMulaw(everySample.subarray(32_768, 32_769))]).toEqual([0xff]);
  });
});
