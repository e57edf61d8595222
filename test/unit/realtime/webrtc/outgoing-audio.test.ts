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
  it('sends 200 ms of silence after sound that is cleared, and then nothing', async () => {
    const { sound, sent } = outgoing();
    sound.play(piece(1_000_000));
    sound.clear();
    expect(sent).toHaveLength(1);
    await expect.poll(() => sent.length, { timeout: 5000 }).toBe(11);
    expect(sent.map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 11 }, (_, i) => 1_000_000 + i * 20_000),
    );
    sound.clear();
    expect(sent).toHaveLength(11);
  });

  it('is silent after sound that stops by itself, with times that go with the clock', async () => {
    const { sound, sent } = outgoing();
    const at: number[] = [];
    const start = performance.now();
    sound.play(piece(0));
    await expect
      .poll(
        () => {
          while (at.length < sent.length) at.push(performance.now() - start);
          return sent.length;
        },
        { timeout: 5000, interval: 1 },
      )
      .toBe(11);
    const silenceAtMs = (sent[1] as EncodedAudioChunk).timestamp / 1000;
    expect(silenceAtMs).toBeGreaterThan(45);
    expect(silenceAtMs).toBeLessThanOrEqual(at[1] as number);
  });

  it('begins sound after silence at its own time, and never before what was sent', async () => {
    const times: number[] = [];
    const write = ({ timestamp }: EncodedAudioChunk): void => {
      times.push(timestamp);
      if (times.length === 2) queueMicrotask(() => playAndStop(50_000));
      if (times.length === 4) queueMicrotask(() => playAndStop(75_000));
    };
    const sound = new OutgoingAudio({ write, logger: silentLogger });
    onTestFinished(() => sound.close());
    const playAndStop = (timestamp: number): void => {
      sound.play(piece(timestamp));
      sound.clear();
    };
    playAndStop(0);
    await expect.poll(() => times.length).toBeGreaterThan(4);
    expect(times.slice(0, 5)).toEqual([0, 20_000, 50_000, 70_000, 90_000]);
  });

  it('goes on with the next sound, and sends nothing after close', () => {
    const { sound, sent } = outgoing();
    sound.play(piece(0));
    sound.clear();
    sound.play(piece(500_000));
    expect(sent.map(({ timestamp }) => timestamp)).toEqual([0, 500_000]);
    sound.close();
    sound.clear();
    sound.play(piece(520_000));
    expect(sent).toHaveLength(2);
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
