import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/logger.js';
import { Audience } from '../../../src/pipeline/audience.js';
import { CardPlayer } from '../../../src/pipeline/card-player.js';
import { Ladder } from '../../../src/pipeline/ladder.js';
import { Renditions } from '../../../src/pipeline/renditions.js';
import type { StreamStatus } from '../../../src/pipeline/status.js';
import { StreamStanding } from '../../../src/pipeline/stream-standing.js';
import { ViewerSubscription } from '../../../src/pipeline/viewer-subscription.js';
import { RecordingSink } from '../../support/watch-pipeline.js';

let audience: Audience;
let cards: CardPlayer;
let standing: StreamStanding;
let told: StreamStatus[];

beforeEach(() => {
  vi.useFakeTimers();
  audience = new Audience();
  cards = new CardPlayer((frame) => frame.close(), silentLogger);
  told = [];
  standing = new StreamStanding({
    audience,
    cards,
    endMs: 3000,
    size: () => ({ codedWidth: 64, codedHeight: 36 }),
    changed: (status) => void told.push(status),
  });
});
afterEach(() => {
  standing.close();
  vi.useRealTimers();
});

function viewer(codec: 'vp8' | 'h264' = 'vp8'): { sub: ViewerSubscription; ends: string[] } {
  const ends: string[] = [];
  const sink = new RecordingSink();
  const renditions = new Renditions(new Ladder({ bitrate: 1e6 }), {
    framerate: () => 30,
    hardwareAcceleration: 'no-preference',
    logger: silentLogger,
  });
  const sub = new ViewerSubscription(
    { viewer: 'one', sink, codec, audio: true, end: (reason) => ends.push(reason) },
    renditions,
    { ready: () => audience.connect(sub), listens: () => undefined, closed: () => undefined },
  );
  audience.add(sub);
  return { sub, ends };
}

describe('StreamStanding', () => {
  it('tells each change once, and shows a card while there is nothing else to see', () => {
    standing.set({ state: 'connecting' });
    standing.set({ state: 'live' });
    standing.set({ state: 'live' });
    expect(cards.showing).toBe(false);
    standing.set({ state: 'reconnecting', reason: 'gone' });
    expect(cards.showing).toBe(true);
    standing.set({ state: 'live' });
    expect(cards.showing).toBe(false);
    expect(told.map(({ state }) => state)).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  });

  it('says that a source takes its time to those who wait for it', () => {
    standing.set({ state: 'connecting' });
    vi.advanceTimersByTime(1500);
    expect(cards.showing).toBe(false);
    viewer();
    standing.set({ state: 'live' });
    standing.set({ state: 'connecting' });
    vi.advanceTimersByTime(1499);
    expect(cards.showing).toBe(false);
    vi.advanceTimersByTime(1);
    expect(cards.showing).toBe(true);
  });

  it('shows the end before it sends viewers off, those too that come later', () => {
    const first = viewer();
    first.sub.ready();
    standing.set({ state: 'ended', reason: 'over' });
    expect([standing.over, cards.showing]).toEqual([true, true]);
    vi.advanceTimersByTime(2000);
    const second = viewer();
    second.sub.ready();
    standing.sendOff(second.sub);
    vi.advanceTimersByTime(1000);
    expect([first.ends, second.ends]).toEqual([['over'], []]);
    vi.advanceTimersByTime(2000);
    expect(second.ends).toEqual(['over']);
  });

  it('sends nobody off when the stream has begun again, and nothing happens once it is closed', () => {
    const { sub, ends } = viewer();
    sub.ready();
    standing.set({ state: 'ended' });
    standing.set({ state: 'connecting' });
    vi.advanceTimersByTime(3000);
    standing.set({ state: 'failed', reason: 'no' });
    standing.close();
    standing.close();
    standing.set({ state: 'live' });
    vi.advanceTimersByTime(5000);
    expect(ends).toEqual([]);
    expect(standing.status.state).toBe('failed');
    expect(cards.showing).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('Audience', () => {
  it('knows who has come, who is connected, and who listens', () => {
    const one = viewer('h264');
    const two = viewer();
    expect([audience.size, audience.connected.size, audience.listeners.size]).toEqual([2, 0, 0]);
    expect([audience.takes('h264'), audience.takes('vp9')]).toEqual([true, false]);
    one.sub.ready();
    two.sub.ready();
    two.sub.listen(false);
    expect([...audience.listeners]).toEqual([one.sub.sink]);
    audience.delete(one.sub);
    expect([audience.size, audience.connected.size, audience.listeners.size]).toEqual([1, 1, 0]);
    audience.clear();
    expect([audience.size, audience.connected.size]).toEqual([0, 0]);
  });

  it('waits for somebody, but no longer than asked', async () => {
    const abort = new AbortController();
    const given = audience.arrival(abort.signal);
    abort.abort();
    await expect(given).resolves.toBeUndefined();
    const arrival = audience.arrival(new AbortController().signal);
    viewer().sub.ready();
    await expect(arrival).resolves.toBeUndefined();
    await audience.arrival(new AbortController().signal);
  });
});
