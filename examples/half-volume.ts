// Sound can be transformed, too: this one plays it at half its volume.
//
//   npx framegear film.mp4 -t examples/half-volume.ts
import { AudioData } from 'framegear';
import type { FrameTransform, VideoFrame } from 'framegear';

const halfVolume: FrameTransform = {
  transform: (frame: VideoFrame) => frame,

  transformAudio(audio: AudioData): AudioData {
    const samples = audio.toFloat32().map((sample) => sample / 2);
    const { sampleRate, numberOfChannels } = audio;
    return AudioData.from(samples, { sampleRate, numberOfChannels });
  },
};

export default halfVolume;
