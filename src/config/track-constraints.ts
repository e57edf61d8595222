import type { StreamModality } from '../realtime/core/stream-options.js';

const audio = {
  echoCancellation: true,
  noiseSuppression: { exact: true },
  autoGainControl: { exact: true },
  sampleRate: { ideal: 24_000 },
  sampleSize: { ideal: 16 },
  channelCount: { exact: 1 },
};

const video = {
  facingMode: 'user',
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
};

/** What FastRTC asks of microphones and cameras: of the one kind, or of both. */
export function defaultTrackConstraints(modality: StreamModality): object {
  switch (modality) {
    case 'audio':
      return audio;
    case 'video':
      return video;
    case 'audio-video':
      return { video, audio };
  }
}
