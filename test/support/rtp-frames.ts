import { dePacketizeRtpPackets } from 'werift';
import type { RtpPacket } from 'werift';
import type { VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import { depacketizeAv1 } from './av1-rtp.js';

/** One picture put together again from RTP. */
export interface ReceivedFrame {
  /** True when it can be decoded alone. */
  key: boolean;
  /** RTP timestamp, 90 kHz. */
  timestamp: number;
  /** The bitstream; H.264 in Annex B, AV1's units without their sizes. */
  data: Buffer;
}

const depacketizerNames = { vp8: 'VP8', vp9: 'VP9', h264: 'MPEG4/ISO/AVC' } as const;
/** A gap this many packets old will not be filled any more. */
const gapLimit = 200;

/** Puts packets in order and cuts them into pictures; what never comes is skipped and counted. */
export class FrameAssembler {
  /** Packets that never came, up to the newest whole picture. */
  lost = 0;
  /** Pictures given up because a packet is missing. */
  broken = 0;
  readonly #codec: VideoCodecName;
  readonly #onFrame: (frame: ReceivedFrame) => void;
  readonly #waiting: Map<number, RtpPacket> = new Map();
  #picture: RtpPacket[] = [];
  #next: number | null = null;
  #pictureBroken = false;

  constructor(codec: VideoCodecName, onFrame: (frame: ReceivedFrame) => void) {
    this.#codec = codec;
    this.#onFrame = onFrame;
  }

  push(packet: RtpPacket): void {
    const sequence = packet.header.sequenceNumber;
    this.#next ??= sequence;
    const ahead = (sequence - this.#next) & 0xffff;
    if (ahead > 0x7fff) return; // Given up, or a duplicate.
    this.#waiting.set(sequence, packet);
    this.#drain();
    if (this.#waiting.size > gapLimit) this.#skipGap();
  }

  #drain(): void {
    for (;;) {
      const packet = this.#next === null ? undefined : this.#waiting.get(this.#next);
      if (packet === undefined || this.#next === null) return;
      this.#waiting.delete(this.#next);
      this.#next = (this.#next + 1) & 0xffff;
      this.#take(packet);
    }
  }

  #skipGap(): void {
    while (this.#next !== null && !this.#waiting.has(this.#next)) {
      this.#next = (this.#next + 1) & 0xffff;
      this.lost += 1;
    }
    this.#pictureBroken = true;
    this.#drain();
  }

  #take(packet: RtpPacket): void {
    this.#picture.push(packet);
    if (!packet.header.marker) return;
    const packets = this.#picture;
    const broken = this.#pictureBroken;
    this.#picture = [];
    this.#pictureBroken = false;
    if (broken) {
      this.broken += 1;
      return;
    }
    if (this.#codec === 'av1') {
      const { key, units } = depacketizeAv1(packets.map(({ payload }) => payload));
      const data = Buffer.concat(units.map((unit) => unit.data));
      this.#onFrame({ key, timestamp: packet.header.timestamp, data });
      return;
    }
    const { isKeyframe, data } = dePacketizeRtpPackets(depacketizerNames[this.#codec], packets);
    this.#onFrame({ key: isKeyframe, timestamp: packet.header.timestamp, data });
  }
}
