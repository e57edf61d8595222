import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JoinQueue } from '../../../src/delivery/join-queue.js';
import type { JoinTicket } from '../../../src/delivery/join-queue.js';
import { LimitExceededError } from '../../../src/errors.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Newcomers of whom nothing is heard, unless said otherwise. */
class Crowd {
  admitted: JoinTicket[] = [];
  refused: unknown[] = [];
  readonly #queue: JoinQueue;

  constructor(queue: JoinQueue) {
    this.#queue = queue;
  }

  join(count: number, newcomer = { heard: false, settled: false }, signal?: AbortSignal): void {
    for (let i = 0; i < count; i += 1) {
      this.#queue.enter(signal).then(
        (ticket) => {
          ticket.use(newcomer);
          this.admitted.push(ticket);
        },
        (reason: unknown) => this.refused.push(reason),
      );
    }
  }

  /** Counts after `ms`. */
  async after(ms: number): Promise<[admitted: number, refused: number]> {
    await vi.advanceTimersByTimeAsync(ms);
    return [this.admitted.length, this.refused.length];
  }
}

describe('JoinQueue', () => {
  it('lets eight connect at a time, per host', async () => {
    const crowd = new Crowd(new JoinQueue(1, () => true));
    crowd.join(9, { heard: true, settled: false });
    expect(await crowd.after(300)).toEqual([8, 0]);
    const two = new Crowd(new JoinQueue(2, () => true));
    two.join(17, { heard: true, settled: false });
    expect(await two.after(300)).toEqual([16, 0]);
  });

  it('lets the next in when one is connected, has failed, or gives its turn back', async () => {
    const crowd = new Crowd(new JoinQueue(1, () => true));
    const first = { heard: true, settled: false };
    crowd.join(1, first);
    crowd.join(9, { heard: true, settled: false });
    expect(await crowd.after(50)).toEqual([8, 0]);
    first.settled = true;
    expect(await crowd.after(50)).toEqual([9, 0]);
    crowd.admitted[1]?.release();
    crowd.admitted[1]?.release();
    expect(await crowd.after(50)).toEqual([10, 0]);
  });

  it('waits for nobody who is slow, and least for those of whom nothing is heard', async () => {
    const slow = new Crowd(new JoinQueue(1, () => true));
    slow.join(9, { heard: true, settled: false });
    expect(await slow.after(375)).toEqual([8, 0]);
    expect(await slow.after(50)).toEqual([9, 0]);
    const silent = new Crowd(new JoinQueue(1, () => true));
    silent.join(9);
    expect(await silent.after(125)).toEqual([8, 0]);
    expect(await silent.after(50)).toEqual([9, 0]);
  });

  it('lets newcomers in in their order', async () => {
    const queue = new JoinQueue(1, () => true);
    const order: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      void queue.enter().then((ticket) => {
        ticket.use({ heard: false, settled: false });
        order.push(i);
      });
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(order).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  it('waits for room', async () => {
    let room = false;
    const crowd = new Crowd(new JoinQueue(1, () => room));
    crowd.join(3);
    expect(await crowd.after(1000)).toEqual([0, 0]);
    room = true;
    expect(await crowd.after(50)).toEqual([3, 0]);
  });

  it('makes room for none but those whom it lets in', async () => {
    let made = 0;
    const crowd = new Crowd(new JoinQueue(1, () => ++made > 0));
    crowd.join(20);
    expect(await crowd.after(125)).toEqual([8, 0]);
    expect(made).toBe(8);
    expect(await crowd.after(50)).toEqual([16, 0]);
    expect(made).toBe(16);
  });

  it('refuses more than 256 that wait, and those who have waited for 10 s', async () => {
    const crowd = new Crowd(new JoinQueue(1, () => false));
    crowd.join(257);
    expect(await crowd.after(0)).toEqual([0, 1]);
    expect(await crowd.after(9900)).toEqual([0, 1]);
    expect(await crowd.after(200)).toEqual([0, 257]);
    for (const reason of crowd.refused) {
      expect(reason).toBeInstanceOf(LimitExceededError);
      expect(reason).toMatchObject({ code: 'too-many-connecting', retryAfterSeconds: 2 });
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it('forgets those who hang up', async () => {
    const crowd = new Crowd(new JoinQueue(1, () => false));
    const hungUp = new AbortController();
    crowd.join(2, undefined, hungUp.signal);
    const why = new Error('hung up');
    hungUp.abort(why);
    expect(await crowd.after(0)).toEqual([0, 2]);
    expect(crowd.refused).toEqual([why, why]);
    crowd.join(1, undefined, hungUp.signal);
    expect(await crowd.after(0)).toEqual([0, 3]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends all away that wait when it closes', async () => {
    const queue = new JoinQueue(1, () => false);
    const crowd = new Crowd(queue);
    crowd.join(2);
    const why = new Error('closed');
    queue.close(why);
    queue.close(why);
    expect(await crowd.after(0)).toEqual([0, 2]);
    expect(crowd.refused).toEqual([why, why]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
