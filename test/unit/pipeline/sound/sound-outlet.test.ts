import { afterEach, describe, expect, it, vi } from 'vitest';
import { EncodedAudioChunk } from '../../../../src/media/encoded-audio-chunk.js';
import { SoundOutlet } from '../../../../src/pipeline/sound/sound-outlet.js';

const data = Buffer.alloc(1);

function chunk(ms: number): EncodedAudioChunk {
  return new EncodedAudioChunk({ timestamp: ms * 1000, data });
}

function outlet(): { outlet: SoundOutlet; written: number[] } {
  vi.useFakeTimers({ now: 0 });
  const written: number[] = [];
  const write = ({ timestamp }: EncodedAudioChunk): void => void written.push(timestamp / 1000);
  return { outlet: new SoundOutlet(write, () => Date.now()), written };
}

describe('SoundOutlet', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets out what is due at once, and the rest when it is', () => {
    const { outlet: sound, written } = outlet();
    for (const ms of [-20, 0, 20, 40, 60]) sound.put(chunk(ms));
    expect(written).toEqual([-20, 0]);
    vi.advanceTimersByTime(20);
    expect(written).toEqual([-20, 0, 20]);
    vi.advanceTimersByTime(40);
    expect(written).toEqual([-20, 0, 20, 40, 60]);
  });

  it('keeps the order, whatever the times', () => {
    const { outlet: sound, written } = outlet();
    for (const ms of [30, 10, 50]) sound.put(chunk(ms));
    vi.advanceTimersByTime(50);
    expect(written).toEqual([30, 10, 50]);
  });

  it('drops what is much too late, and what is too much', () => {
    const { outlet: sound, written } = outlet();
    sound.put(chunk(-3000));
    for (let piece = 1; piece <= 300; piece++) sound.put(chunk(piece * 20));
    expect(sound.dropped).toBe(51);
    sound.clear();
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([]);
  });
});
