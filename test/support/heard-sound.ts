import { AudioDecoder } from '../../src/codec/audio-decoder.js';
import { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { channelOf } from './tones.js';
import type { WeriftViewer } from './werift-viewer.js';

/** What a viewer has heard so far, 48,000 samples a second, with the pauses left out. */
export function heardBy({ sounds }: WeriftViewer): Float64Array {
  using decoder = AudioDecoder.create({ codec: 'opus', numberOfChannels: 1 });
  const chunks = sounds.map(
    ({ payload }) => new EncodedAudioChunk({ timestamp: 0, data: payload }),
  );
  return channelOf(chunks.flatMap((chunk) => decoder.decode(chunk)));
}
