import type { ResolvedOptions } from '../config/server-options.js';
import { createSoundFactory } from '../source/sound-source.js';
import type { SoundFactory } from '../source/sound-source.js';

/**
 * Where a stream's sound comes from, when it is not in its source: `audioSource`, or the `audio` of a source object.
 *
 * @throws {TypeError} naming the option.
 */
export function streamSound(options: ResolvedOptions): SoundFactory | null {
  const { audio, audioSource, source } = options;
  if (!audio) return null;
  if (audioSource !== undefined) return createSoundFactory(audioSource, 'audioSource', options);
  const own = typeof source === 'object' && 'audio' in source ? source.audio : undefined;
  return own === undefined ? null : createSoundFactory(own, 'source.audio', options);
}
