import type { FormatContext, Stream } from 'node-av/lib';
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_TIMED_THUMBNAILS,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import type { PacketKind } from './run-clock.js';

/**
 * The stream of an open input that is read, and the sound that belongs to it.
 *
 * @param main - What has to be there: pictures, which covers are not, or sound.
 * @returns `null` when it is not.
 */
export function findStreams(
  context: FormatContext,
  main: PacketKind,
): { main: Stream; sound: Stream | null } | null {
  const { streams } = context;
  if (main === 'sound') {
    const sound = streams[context.findBestStream(AVMEDIA_TYPE_AUDIO)];
    return sound === undefined ? null : { main: sound, sound: null };
  }
  const best = streams[context.findBestStream(AVMEDIA_TYPE_VIDEO)];
  const video = best !== undefined && isVideo(best) ? best : streams.find(isVideo);
  if (video === undefined) return null;
  // The sound of the same programme, where there are several.
  const sound = streams[context.findBestStream(AVMEDIA_TYPE_AUDIO, -1, video.index)];
  return { main: video, sound: sound ?? null };
}

function isVideo(stream: Stream): boolean {
  return (
    stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO &&
    !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC) &&
    !stream.hasDisposition(AV_DISPOSITION_TIMED_THUMBNAILS)
  );
}
