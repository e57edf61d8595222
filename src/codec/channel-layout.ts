import type { ChannelLayout } from 'node-av/lib';
import {
  AV_CH_LAYOUT_2POINT1,
  AV_CH_LAYOUT_4POINT0,
  AV_CH_LAYOUT_5POINT0_BACK,
  AV_CH_LAYOUT_5POINT1_BACK,
  AV_CH_LAYOUT_6POINT1,
  AV_CH_LAYOUT_7POINT1,
  AV_CH_LAYOUT_MONO,
  AV_CH_LAYOUT_STEREO,
  AV_CHANNEL_ORDER_NATIVE,
} from 'node-av/constants';

/** FFmpeg's own choice for so many channels, from one on. */
const masks: readonly bigint[] = [
  AV_CH_LAYOUT_MONO,
  AV_CH_LAYOUT_STEREO,
  AV_CH_LAYOUT_2POINT1,
  AV_CH_LAYOUT_4POINT0,
  AV_CH_LAYOUT_5POINT0_BACK,
  AV_CH_LAYOUT_5POINT1_BACK,
  AV_CH_LAYOUT_6POINT1,
  AV_CH_LAYOUT_7POINT1,
];

/** How 1 to 8 channels are heard, as FFmpeg takes it when nothing else is said. */
export function channelLayout(numberOfChannels: number): ChannelLayout {
  const mask = masks[numberOfChannels - 1];
  if (mask === undefined) {
    throw new RangeError(`numberOfChannels: expected 1 to 8, got ${numberOfChannels}`);
  }
  return { order: AV_CHANNEL_ORDER_NATIVE, nbChannels: numberOfChannels, mask };
}
