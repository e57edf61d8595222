import type { Packet } from 'node-av/lib';
import { AV_NOPTS_VALUE, AV_PKT_FLAG_DISCARD } from 'node-av/constants';
import { reordered, timeless, unconfigured, untouchedStream } from '../codec/untouched.js';
import type { UntouchedStream } from '../codec/untouched.js';
import type { InputTiming } from './input-timing.js';
import type { MediaInput } from './media-input.js';

/** Pictures of a file that are looked at before it is believed to have no B-frames. */
export const lookedAt = 16;

/** What is needed to pass an input's packets on as they are; a text says why that cannot be. */
export function passableStream(input: MediaInput, timing: InputTiming): UntouchedStream | string {
  if (timing.byArrival || input.timeless) return timeless;
  return untouchedStream(input.stream.codecpar);
}

/**
 * The same for an input that was joined in the middle, once a packet brings what was not known at its beginning: parameter sets,
 * with a key frame.
 *
 * @param packet - The next one; on one clock.
 * @returns `null` while it is still not known.
 */
export function passableFrom(input: MediaInput, packet: Packet): UntouchedStream | string | null {
  if (!packet.isKeyframe) return null;
  const { codecId, format, videoDelay, profile, level } = input.stream.codecpar;
  const extradata = packet.data;
  const found = untouchedStream({ codecId, format, videoDelay, profile, level, extradata });
  if (found === unconfigured) return null;
  return typeof found === 'string' ? found : (obstacleIn([packet], true) ?? found);
}

/**
 * What the first packets tell against passing them on: times that do not grow are B-frames, which decoders' parameters do
 * not always announce.
 *
 * @param packets - On one clock; of a live input only the first one.
 * @param live - Of a live input: cameras over RTSP give their first packets no times.
 * @returns `null` when there is nothing.
 */
export function obstacleIn(packets: readonly Packet[], live: boolean): string | null {
  const [first] = packets;
  if (first === undefined) return 'it is empty';
  if (first.hasFlags(AV_PKT_FLAG_DISCARD)) return 'its beginning is not meant to be shown';
  const timed = packets.every(({ pts }) => pts !== AV_NOPTS_VALUE);
  if (!timed) return live ? null : timeless;
  // A live input shows no more than this: its decoding begins before its showing.
  const late = live && first.dts !== AV_NOPTS_VALUE && first.pts > first.dts;
  const back = packets.some(({ pts }, i) => i > 0 && pts <= (packets[i - 1] as Packet).pts);
  return late || back ? reordered : null;
}
