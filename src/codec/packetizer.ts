import { videoCodecNames } from '../media/encoded-video-chunk.js';
import type {
  EncodedVideoChunk,
  PacketizedVideoChunk,
  VideoCodecName,
} from '../media/encoded-video-chunk.js';
import { DescribedPacketizer } from './described-packetizer.js';
import { packetizeAv1 } from './packetize-av1.js';
import { packetizeH264 } from './packetize-h264.js';
import { vp8Descriptor } from './vp8-descriptor.js';
import { vp9Descriptor } from './vp9-descriptor.js';
import { allocateOwn, allocateShared } from './payload-memory.js';

/** Cuts encoded pictures into RTP payloads. */
export interface Packetizer {
  /**
   * Payloads of one picture, without RTP headers: each viewer puts its own before them, and the marker
   * bit on the last. They are slices of one new buffer. Empty data gives no payloads.
   */
  packetize(chunk: EncodedVideoChunk): PacketizedVideoChunk;
}

/** Settings of {@link createPacketizer}. */
export interface PacketizerOptions {
  /**
   * Bytes of the largest payload, 64 to 65,000. Default 1188: with the RTP header 1200, which passes
   * every network once SRTP, UDP and IP have added theirs.
   */
  maxPayloadSize?: number;
  /** Puts the payloads into memory that other threads can read where it is. Default `false`. */
  sharedMemory?: boolean;
}

/** What {@link PacketizerOptions.maxPayloadSize} is when not given. */
const defaultMaxPayloadSize: number = 1200 - 12;

/**
 * A packetizer for one stream of pictures; it counts them. H.264 as RFC 6184 (packetization mode 1), VP8
 * as RFC 7741, VP9 as RFC 9628, AV1 as its RTP payload format says.
 *
 * @throws {TypeError} for an unknown codec.
 * @throws {RangeError} when `maxPayloadSize` is no integer from 64 to 65,000.
 */
export function createPacketizer(
  codec: VideoCodecName,
  options: PacketizerOptions = {},
): Packetizer {
  const maxSize = options.maxPayloadSize ?? defaultMaxPayloadSize;
  if (!Number.isInteger(maxSize) || maxSize < 64 || maxSize > 65_000) {
    throw new RangeError(`maxPayloadSize: expected an integer from 64 to 65000, got ${maxSize}`);
  }
  const room = { maxSize, allocate: options.sharedMemory === true ? allocateShared : allocateOwn };
  switch (codec) {
    case 'h264':
      return { packetize: (chunk) => ({ chunk, payloads: packetizeH264(chunk, room) }) };
    case 'vp8':
      return new DescribedPacketizer(room, vp8Descriptor);
    case 'vp9':
      return new DescribedPacketizer(room, vp9Descriptor);
    case 'av1':
      return { packetize: (chunk) => ({ chunk, payloads: packetizeAv1(chunk, room) }) };
    default:
      throw new TypeError(
        `codec: expected one of ${videoCodecNames.join(', ')}, got ${String(codec)}`,
      );
  }
}
