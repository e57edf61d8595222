import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../../src/logger.js';
import { AudioData } from '../../../../src/media/audio-data.js';
import type { EncodedAudioChunk } from '../../../../src/media/encoded-audio-chunk.js';
import { OutgoingAudio } from '../../../../src/realtime/webrtc/outgoing-audio.js';

function piece(timestamp: number): AudioData {
  const samples = Int16Array.from({ length: 480 }, (_, i) => 8000 * Math.sin(i / 9));
  return AudioData.from(samples, { sampleRate: 24_000, timestamp });
}

function outgoing(lost?: () => number): { sound: OutgoingAudio; sent: EncodedAudioChunk[] } {
  const sent: EncodedAudioChunk[] = [];
  const write = (chunk: EncodedAudioChunk): number => sent.push(chunk);
  const sound = new OutgoingAudio({ write, logger: silentLogger, ...(lost && { lost }) });
  onTestFinished(() => sound.close());
  return { sound, sent };
}

describe('OutgoingAudio', () => {
  it('sends 200 ms of silence at once when sound is cleared, and then nothing', async () => {
    const { sound, sent } = outgoing();
    sound.play(piece(1_000_000));
    sound.clear();
    expect(sent).toHaveLength(2);
    await expect.poll(() => sent.length, { timeout: 5000 }).toBe(11);
    expect(sent.map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 11 }, (_, i) => 1_000_000 + i * 20_000),
    );
    sound.clear();
    expect(sent).toHaveLength(11);
  });

  it('is silent after sound that stops by itself', async () => {
    const { sound, sent } = outgoing();
    sound.play(piece(0));
    await expect.poll(() => sent.length, { timeout: 5000 }).toBe(11);
  });

  it('goes on with the next sound, and sends nothing after close', () => {
    const { sound, sent } = outgoing();
    sound.play(piece(0));
    sound.clear();
    sound.play(piece(500_000));
    expect(sent.map(({ timestamp }) => timestamp)).toEqual([0, 20_000, 500_000]);
    sound.close();
    sound.clear();
    sound.play(piece(520_000));
    expect(sent).toHaveLength(3);
  });

  it('is coded as speech, which can be made up for, while some of it gets lost', () => {
    let lost = 0;
    const { sound, sent } = outgoing(() => lost);
    const play = (): void => {
      for (let i = 0; i < 60; i++) sound.play(piece(sent.length * 20_000));
    };
    play();
    lost = 0.05;
    play();
    // The first five bits of a packet say how it was coded (RFC 6716, 3.1): above 15 without speech.
    const modes = sent.map(({ data }) => (data[0] as number) >> 3);
    expect(sent).toHaveLength(120);
    expect(modes.slice(0, 99).every((mode) => mode >= 16)).toBe(true);
    expect(modes.slice(100).every((mode) => mode < 16)).toBe(true);
  });
});
