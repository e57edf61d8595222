import { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { PacketizedVideoChunk } from '../media/encoded-video-chunk.js';

/** A picture on its way to other threads: they read its payloads where they are. */
export interface SentPicture {
  readonly type: 'key' | 'delta';
  readonly timestamp: number;
  readonly duration: number | null;
  /** Holds all payloads, one behind the other. */
  readonly memory: SharedArrayBuffer;
  /** Where the first begins. */
  readonly offset: number;
  /** Bytes of each. */
  readonly sizes: readonly number[];
}

/** A piece of sound on its way to other threads. */
export interface SentSound {
  readonly timestamp: number;
  readonly duration: number | null;
  readonly data: Uint8Array;
}

/** Made once for all threads that a picture goes to. */
const sentPictures: WeakMap<PacketizedVideoChunk, SentPicture> = new WeakMap();

/** For `postMessage`. Payloads that a packetizer has put into shared memory, one behind the other, are not copied. */
export function sendPicture(picture: PacketizedVideoChunk): SentPicture {
  let sent = sentPictures.get(picture);
  if (sent === undefined) {
    const { type, timestamp, duration } = picture.chunk;
    sent = { type, timestamp, duration, ...shareMemory(picture.payloads) };
    sentPictures.set(picture, sent);
  }
  return sent;
}

/** @param shiftUs - From the sender's clock to ours. */
export function receivePicture(sent: SentPicture, shiftUs: number): PacketizedVideoChunk {
  const { type, timestamp, duration, memory, sizes } = sent;
  const payloads: Buffer[] = [];
  let at = sent.offset;
  for (const size of sizes) {
    payloads.push(Buffer.from(memory, at, size));
    at += size;
  }
  const chunk = new EncodedVideoChunk({
    type,
    timestamp: timestamp + shiftUs,
    ...(duration !== null && { duration }),
    // The bitstream itself stays behind: what goes to the network is the payloads.
    data: Buffer.from(memory, sent.offset, at - sent.offset),
  });
  return { chunk, payloads };
}

/** For `postMessage`; 20 ms of Opus are copied. */
export function sendSound({ timestamp, duration, data }: EncodedAudioChunk): SentSound {
  // A slice of a larger buffer would go over as a whole.
  return { timestamp, duration, data: new Uint8Array(data) };
}

/** @param shiftUs - From the sender's clock to ours. */
export function receiveSound(
  { timestamp, duration, data }: SentSound,
  shiftUs: number,
): EncodedAudioChunk {
  return new EncodedAudioChunk({
    timestamp: timestamp + shiftUs,
    ...(duration !== null && { duration }),
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  });
}

function shareMemory(
  payloads: readonly Buffer[],
): Pick<SentPicture, 'memory' | 'offset' | 'sizes'> {
  const sizes = payloads.map(({ byteLength }) => byteLength);
  const [first] = payloads;
  const memory: ArrayBufferLike | undefined = first?.buffer;
  if (first !== undefined && memory instanceof SharedArrayBuffer && areInOrder(payloads)) {
    return { memory, offset: first.byteOffset, sizes };
  }
  const copy = Buffer.from(new SharedArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
  let at = 0;
  for (const payload of payloads) at += payload.copy(copy, at);
  return { memory: copy.buffer, offset: 0, sizes };
}

function areInOrder(payloads: readonly Buffer[]): boolean {
  return payloads.every(({ buffer, byteOffset }, index) => {
    const before = payloads[index - 1];
    return (
      before === undefined ||
      (buffer === before.buffer && byteOffset === before.byteOffset + before.byteLength)
    );
  });
}
