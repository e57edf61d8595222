import { describe, expect, it } from 'vitest';
import { AudioEncoder } from '../../src/codec/audio-encoder.js';
import type { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { broadcastSound } from '../../src/pipeline/sound/sound-encoder.js';
import { speak } from '../support/espeak.js';
import { inPieces, tone } from '../support/tones.js';

/** Opus packets of the broadcast's settings. */
function encode(samples: Int16Array): EncodedAudioChunk[] {
  using encoder = AudioEncoder.create({ ...broadcastSound, numberOfChannels: 1, bitrate: 64_000 });
  return inPieces(samples, { sampleRate: 48_000, frames: 960 }).flatMap((piece) =>
    piece.numberOfFrames === 960 ? encoder.encode(piece) : [],
  );
}

/** SILK or hybrid (RFC 6716, 3.1), in which alone there can be a copy of the piece before. */
function knowsSpeech({ data }: EncodedAudioChunk): boolean {
  return (data[0] as number) >> 3 < 16;
}

/** RFC 6716, 4.2.4: the flag of the copy follows that of voice activity. */
function carriesCopy(chunk: EncodedAudioChunk): boolean {
  return knowsSpeech(chunk) && chunk.byteLength > 2 && ((chunk.data[1] as number) & 0x40) !== 0;
}

describe('the sound of a broadcast', () => {
  it('carries a copy of the piece before while somebody speaks', () => {
    const chunks = encode(
      speak('The quick brown fox jumps over the lazy dog, and then comes back.'),
    );
    const protectedOnes = chunks.filter(carriesCopy);
    expect(protectedOnes.length / chunks.length).toBeGreaterThan(0.7);
  });

  it('is coded as music while there is music, at about the rate that was asked for', () => {
    const chords = [220, 277, 330, 440, 554, 880, 1760].map((frequency) =>
      tone({ frequency, sampleRate: 48_000, duration: 5000, level: 0.1 }),
    );
    const music = chords[0]!.map((_, i) => chords.reduce((sum, chord) => sum + chord[i]!, 0));
    const chunks = encode(music).slice(50);
    expect(chunks.filter((chunk) => !knowsSpeech(chunk)).length / chunks.length).toBeGreaterThan(
      0.9,
    );
    const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const bitrate = (bytes * 8) / (chunks.length * 0.02);
    expect(bitrate).toBeGreaterThan(40_000);
    expect(bitrate).toBeLessThan(75_000);
  });

  it('is next to nothing while there is silence', () => {
    const chunks = encode(new Int16Array(48_000 * 3)).slice(20);
    const empty = chunks.filter(({ byteLength }) => byteLength <= 2);
    expect(empty.length / chunks.length).toBeGreaterThan(0.85);
    // And now and then a sign of life.
    expect(empty.length).toBeLessThan(chunks.length);
  });
});
