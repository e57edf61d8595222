import { createPacketizer } from '../../src/codec/packetizer.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import type { PeerSession } from '../../src/rtc/peer-session.js';

const width = 320;
const height = 180;
const framerate = 30;

/**
 * A live encoder for tests of delivery: a moving gray ramp, 320x180 at 30, into every session added.
 * Stands for the pipeline: a key frame comes when a session asks for one.
 */
export class LiveChunks {
  /** Pictures encoded so far. */
  count = 0;
  readonly #encoder: VideoEncoder;
  readonly #packetizer: ReturnType<typeof createPacketizer>;
  readonly #sessions: Set<PeerSession> = new Set();
  #timer: NodeJS.Timeout | null = null;
  #keyFrame = true;
  #busy: Promise<void> = Promise.resolve();

  private constructor(encoder: VideoEncoder, codec: ReceivableCodecName) {
    this.#encoder = encoder;
    this.#packetizer = createPacketizer(codec);
  }

  /** Starts to encode; `close()` it. */
  static async start(codec: ReceivableCodecName, bitrate = 500_000): Promise<LiveChunks> {
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
        const packetized = this.#packetizer.packetize(chunk);
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
