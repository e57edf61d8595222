import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VideoFrame } from '../../../../src/media/video-frame.js';
import { AudioVideoStreamHandler } from '../../../../src/realtime/handlers/stream-handler.js';
import { FrameCount, startOne } from '../../../support/realtime-core.js';

let frames: FrameCount;
beforeEach(() => {
  vi.useFakeTimers();
  frames = new FrameCount();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs what is due now. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

class Echo extends AudioVideoStreamHandler {
  static last: Echo;
  readonly seen: VideoFrame[] = [];
  keep = false;
  receiveError: Error | null = null;

  copy(): Echo {
    Echo.last = new Echo({ fps: this.fps });
    return Echo.last;
  }
  receive(): void {}
  emit(): null {
    return null;
  }
  videoReceive(frame: VideoFrame): void {
    this.seen.push(frame);
    if (this.receiveError) throw this.receiveError;
  }
  videoEmit(): VideoFrame | null {
    return this.keep ? null : (this.seen.shift() ?? null);
  }
}

describe('an audio-video handler', () => {
  it('sees pictures and shows them, both at once', async () => {
    const { core, connection, link } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
    });
    await vi.advanceTimersByTimeAsync(5);
    connection.receiveVideo(frames.frame());
    await settle();
    // Not at the next turn: it had nothing to show, and now it has.
    expect(link.shown).toHaveLength(1);
    for (let i = 0; i < 30; i++) {
      await vi.advanceTimersByTimeAsync(33);
      connection.receiveVideo(frames.frame());
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(link.shown).toHaveLength(31);
    const times = link.shown.map(({ timestamp }) => timestamp);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(new Set(times).size).toBe(31);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('is asked no more often than its fps, however many pictures come', async () => {
    const { core, connection, link } = await startOne({
      handler: new Echo({ fps: 10 }),
      modality: 'audio-video',
    });
    for (let i = 0; i < 1000; i++) {
      connection.receiveVideo(frames.frame());
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(link.shown.length).toBeLessThanOrEqual(11);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('has what it kept closed at the end', async () => {
    const { core, connection } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
    });
    Echo.last.keep = true;
    for (let i = 0; i < 200; i++) {
      connection.receiveVideo(frames.frame());
      await settle();
      if (i < 190) Echo.last.seen[i]?.close();
    }
    expect(frames.open).toBe(10);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('that fails has the picture closed', async () => {
    const { core, connection, link } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
    });
    Echo.last.keep = true;
    Echo.last.receiveError = new Error('boom');
    connection.receiveVideo(frames.frame());
    await settle();
    expect(frames.open).toBe(0);
    expect(link.types).toEqual(['error']);
    await core.close();
  });

  it.each([
    ['send', 0],
    ['receive', 3],
  ] as const)('works in mode %s', async (mode, shown) => {
    const { core, connection, link } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
      mode,
    });
    if (mode === 'receive') for (let i = 0; i < 3; i++) Echo.last.seen.push(frames.frame());
    else connection.receiveVideo(frames.frame());
    await vi.advanceTimersByTimeAsync(200);
    expect(link.shown).toHaveLength(shown);
    await core.close();
    expect(frames.open).toBe(0);
  });
});
