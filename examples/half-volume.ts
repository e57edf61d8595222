// Sound can be transformed, too: this one plays it at half its volume. Pictures are not touched.
//
//   npx framegear film.mp4 -t examples/half-volume.ts
import { AudioData } from 'framegear';
import type { AudioTransform } from 'framegear';

const halfVolume: AudioTransform = {
  transformAudio(audio: AudioData): AudioData {
    const samples = audio.toFloat32().map((sample) => sample / 2);
    const { sampleRate, numberOfChannels } = audio;
    return AudioData.from(samples, { sampleRate, numberOfChannels });
  },
};

export default halfVolume;
