/** How sound is written on a socket: G.711 mu-law; 16-bit little-endian samples, interleaved; one Opus packet a message. */
export type SoundCodec = 'mulaw' | 'pcm16' | 'opus';

/** Sound on a socket. */
export interface SoundFormat {
  /** How it is written. */
  readonly codec: SoundCodec;
  /** Hz. */
  readonly sampleRate: number;
  /** `mulaw` is always 1. */
  readonly numberOfChannels: 1 | 2;
}

/** Rates that Opus knows. */
export const opusSampleRates: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];
