import { VideoEncoder } from '../../src/codec/video-encoder.js';
import type {
  EncodedVideoChunk,
  PacketizedVideoChunk,
  VideoCodecName,
} from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';

const width = 320;
const height = 180;
const framerate = 30;
const maxPayload = 1100;

/**
 * A live encoder for tests of delivery: a moving gray ramp, 320x180 at 30, into every session added.
 * Stands for the pipeline: a key frame comes when a session asks for one.
 */
export class LiveChunks {
  /** Pictures encoded so far. */
  count = 0;
  readonly #encoder: VideoEncoder;
  readonly #codec: VideoCodecName;
  readonly #sessions: Set<PeerSession> = new Set();
  #timer: NodeJS.Timeout | null = null;
  #keyFrame = true;
  #busy: Promise<void> = Promise.resolve();

  private constructor(encoder: VideoEncoder, codec: VideoCodecName) {
    this.#encoder = encoder;
    this.#codec = codec;
  }

  /** Starts to encode; `close()` it. */
  static async start(codec: VideoCodecName, bitrate = 500_000): Promise<LiveChunks> {
    const encoder = await VideoEncoder.create({
      codec,
      width,
      height,
      bitrate,
      framerate,
      hardwareAcceleration: 'no-preference',
    });
    const live = new LiveChunks(encoder, codec);
    live.#timer = setInterval(() => {
      live.#busy = live.#busy.then(() => live.#next());
    }, 1000 / framerate);
    return live;
  }

  /** Feeds `session` until it closes. */
  add(session: PeerSession): void {
    this.#sessions.add(session);
    session.on('keyframerequest', () => {
      this.#keyFrame = true;
    });
    session.on('close', () => this.#sessions.delete(session));
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#busy;
    await this.#encoder.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #next(): Promise<void> {
    if (this.#sessions.size === 0) return;
    const keyFrame = this.#keyFrame;
    this.#keyFrame = false;
    const timestamp = Math.round((this.count * 1_000_000) / framerate);
    const frame = VideoFrame.fromBuffer(picture(this.count), {
      format: 'GRAY8',
      codedWidth: width,
      codedHeight: height,
      timestamp,
    });
    this.count += 1;
    try {
      for (const chunk of await this.#encoder.encode(frame, { keyFrame })) {
        const packetized = packetize(this.#codec, chunk);
        for (const session of this.#sessions) session.write(packetized);
      }
    } finally {
      frame.close();
    }
  }
}

function picture(index: number): Buffer {
  const pixels = Buffer.alloc(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels[y * width + x] = (x + y + index * 3) & 0xff;
  }
  return pixels;
}

/** The simplest packets that a receiver takes (RFC 7741, RFC 6184). */
export function packetize(codec: VideoCodecName, chunk: EncodedVideoChunk): PacketizedVideoChunk {
  if (codec === 'vp8') return { chunk, payloads: vp8Payloads(chunk.data) };
  if (codec === 'h264') return { chunk, payloads: h264Payloads(chunk.data) };
  throw new TypeError(`codec: expected vp8 or h264, got ${codec}`);
}

function vp8Payloads(data: Buffer): Buffer[] {
  return slices(data).map((part, index) =>
    Buffer.concat([Buffer.from([index === 0 ? 0x10 : 0]), part]),
  );
}

function h264Payloads(data: Buffer): Buffer[] {
  return nalUnits(data).flatMap((nal) => {
    if (nal.length <= maxPayload) return [nal];
    const header = nal[0] ?? 0;
    const parts = slices(nal.subarray(1));
    return parts.map((part, index) => {
      const edges = (index === 0 ? 0x80 : 0) | (index === parts.length - 1 ? 0x40 : 0);
      return Buffer.concat([Buffer.from([(header & 0xe0) | 28, edges | (header & 0x1f)]), part]);
    });
  });
}

function nalUnits(data: Buffer): Buffer[] {
  const startCode = Buffer.from([0, 0, 1]);
  const units: Buffer[] = [];
  let start = data.indexOf(startCode);
  while (start !== -1) {
    const next = data.indexOf(startCode, start + 3);
    const end = next === -1 ? data.length : data[next - 1] === 0 ? next - 1 : next;
    units.push(data.subarray(start + 3, end));
    start = next;
  }
  return units;
}

function slices(data: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += maxPayload)
    parts.push(data.subarray(at, at + maxPayload));
  return parts;
}
