/** Sound files that `audioToBytes` writes; `opus` lies in Ogg. */
export type AudioFileFormat = 'wav' | 'mp3' | 'opus';

/** Every {@link AudioFileFormat}. */
export const audioFileFormats: readonly AudioFileFormat[] = ['wav', 'mp3', 'opus'];

/**
 * Containers that sound is read from. FFmpeg knows others that name further files or addresses (playlists):
 * those have no place in bytes that may come from a stranger.
 */
export const readableContainers: readonly string[] = [
  ...[
    'wav',
    'w64',
    'aiff',
    'au',
    'caf',
    'mp3',
    'ogg',
    'flac',
    'aac',
    'ac3',
    'eac3',
    'amr',
    'amrnb',
  ],
  ...[
    'amrwb',
    'ape',
    'wv',
    'tta',
    'tak',
    'dts',
    'asf',
    'mpegts',
    'mpeg',
    'avi',
    'flv',
    'mp2',
    'voc',
  ],
  // A part of one of their names is enough for FFmpeg.
  ...['mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'matroska', 'webm'],
];
