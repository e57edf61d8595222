import { RtpHeader, RtpPacket } from 'werift';
import type { RTCRtpTransceiver } from 'werift';
import { AudioEncoder } from '../../src/codec/audio-encoder.js';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { AudioData } from '../../src/media/audio-data.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { MovingPictures } from './moving-pictures.js';
import { soundRate } from './received-media.js';

interface Size {
  width: number;
  height: number;
}

/** What {@link sendPictures} sends. */
export interface SentPictures {
  codec: ReceivableCodecName;
  /** Pixels. */
  size: Size;
  /** Pictures a second. */
  fps: number;
  /** True: as a camera's. Else: left half red, right half blue. */
  moving: boolean;
}

/** Sends a sine of `frequency` Hz at -12 dB as Opus, in real time, until the returned function is called. */
export function sendTone(transceiver: RTCRtpTransceiver | null, frequency: number): () => void {
  const encoder = AudioEncoder.create({
    codec: 'opus',
    sampleRate: soundRate,
    numberOfChannels: 1,
  });
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * 20 < performance.now() - begun; sent += 1) {
      const data = toneSamples(frequency, sent * 960, 960);
      const audio = AudioData.from(data, { sampleRate: soundRate, timestamp: sent * 20_000 });
      for (const chunk of encoder.encode(audio)) {
        send(transceiver, chunk.data, sent, sent * 960, sent === 0);
      }
    }
  }, 10);
  return () => {
    clearInterval(timer);
    encoder.close();
  };
}

/**
 * Encodes pictures and sends them in real time, with key frames where the other side has lost some, until the returned
 * function is called.
 */
export async function sendPictures(
  transceiver: RTCRtpTransceiver | null,
  { codec, size, fps, moving }: SentPictures,
): Promise<() => void> {
  const encoder = await VideoEncoder.create({
    codec,
    ...size,
    bitrate: 1_500_000,
    framerate: fps,
    hardwareAcceleration: 'no-preference',
  });
  let keyFrame = true;
  transceiver?.sender.onPictureLossIndication.subscribe(() => (keyFrame = true));
  const packetizer = createPacketizer(codec);
  const picture = moving ? movingPictures(size) : redAndBlue(size);
  const begun = performance.now();
  let count = 0;
  let sequence = 0;
  let busy = false;
  const encodeNext = async (): Promise<void> => {
    const timestamp = Math.round((count * 1_000_000) / fps);
    const { width: codedWidth, height: codedHeight } = size;
    const init = { format: 'RGB', codedWidth, codedHeight, timestamp } as const;
    using frame = VideoFrame.fromBuffer(picture(count), init);
    count += 1;
    const wanted = keyFrame;
    keyFrame = false;
    for (const chunk of await encoder.encode(frame, { keyFrame: wanted })) {
      const { payloads } = packetizer.packetize(chunk);
      payloads.forEach((payload, index) => {
        const marker = index === payloads.length - 1;
        send(transceiver, payload, sequence++, Math.round(timestamp * 0.09), marker);
      });
    }
  };
  const timer = setInterval(() => {
    if (busy || (count * 1000) / fps > performance.now() - begun) return;
    busy = true;
    void encodeNext()
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, 5);
  return () => {
    clearInterval(timer);
    void encoder.close();
  };
}

function send(
  transceiver: RTCRtpTransceiver | null,
  payload: Buffer,
  sequence: number,
  timestamp: number,
  marker: boolean,
): void {
  const header = new RtpHeader({
    sequenceNumber: sequence & 0xffff,
    timestamp: timestamp >>> 0,
    marker,
  });
  void transceiver?.sender.sendRtp(new RtpPacket(header, payload)).catch(() => undefined);
}

/** A sine of a quarter of full scale. */
function toneSamples(frequency: number, from: number, count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, i) =>
    Math.round(8192 * Math.sin((2 * Math.PI * frequency * (from + i)) / soundRate)),
  );
}

function redAndBlue({ width, height }: Size): () => Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i += 1) pixels[i * 3 + (i % width < width / 2 ? 0 : 2)] = 220;
  return () => pixels;
}

/** A second of them, forth and back. */
function movingPictures({ width, height }: Size): (index: number) => Buffer {
  const source = new MovingPictures(width, height);
  const made = Array.from({ length: 30 }, (_, index) => source.rgb(index));
  return (index) => made[Math.abs(((index + 29) % 58) - 29)] as Buffer;
}
