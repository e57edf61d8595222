import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { OfferedAudio, OfferedVideo } from './peer-offer.js';

/**
 * Settles how a peer tells what its link bears. The times at which packets arrive say it sooner than the peer's own estimate,
 * and with padding they say within a fraction of a second that more goes through; browsers send one or the other, after what
 * our packets carry. So where both are offered, the answer has the times alone.
 *
 * @param arrivals - False: never the times, as where nobody reads them.
 */
export function chooseFeedback<Name extends VideoCodecName>(
  video: OfferedVideo<Name>,
  arrivals: boolean,
): OfferedVideo<Name> {
  const { absSendTime, transportSequence, ...others } = video.extensions;
  const { feedback } = video.codec;
  if (arrivals && video.send && feedback.transportCc && transportSequence !== undefined) {
    const extensions = { ...others, transportSequence };
    return {
      ...video,
      extensions,
      codec: { ...video.codec, feedback: { ...feedback, remb: false } },
    };
  }
  return {
    ...video,
    extensions: { ...others, ...(absSendTime && { absSendTime }) },
    codec: { ...video.codec, feedback: { ...feedback, transportCc: false } },
  };
}

/**
 * The same for the sound beside the pictures: its packets are numbered with theirs, or carry no numbers.
 *
 * @param arrivals - What was settled for the pictures.
 */
export function followFeedback(audio: OfferedAudio, arrivals: boolean): OfferedAudio {
  const { absSendTime, transportSequence, ...others } = audio.extensions;
  const kept = arrivals
    ? { ...(transportSequence && { transportSequence }) }
    : { ...(absSendTime && { absSendTime }) };
  return { ...audio, extensions: { ...others, ...kept } };
}
