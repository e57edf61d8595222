import type { ReceivableCodecName } from '../../media/encoded-video-chunk.js';
import type { MediaWishes } from '../../rtc/media-peer-types.js';
import type { StreamPort } from '../core/stream-port.js';

/** What a stream wants of an offer. Modes are named from the client's side: when it receives, we send. */
export function mediaWishes(
  { modality, mode }: Pick<StreamPort, 'modality' | 'mode'>,
  options: { codecs: readonly ReceivableCodecName[]; allowExtraTracks: boolean },
): MediaWishes {
  const { codecs, allowExtraTracks } = options;
  const directions = { send: mode !== 'send', receive: mode !== 'receive' };
  return {
    video: modality === 'audio' ? null : { ...directions, codecs },
    audio: modality === 'video' ? null : directions,
    allowExtraTracks,
  };
}
