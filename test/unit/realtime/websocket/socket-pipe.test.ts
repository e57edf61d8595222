import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketPipe } from '../../../../src/realtime/websocket/socket-pipe.js';
import { FakeMessageSocket } from '../../../support/fake-message-socket.js';

let socket: FakeMessageSocket;
let pipe: SocketPipe;
let reasons: string[];
let heard: (string | Buffer)[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  socket = new FakeMessageSocket();
  reasons = [];
  heard = [];
  const listener = {
    message: (data: string | Buffer) => void heard.push(data),
    closing: (reason: string) => void reasons.push(reason),
  };
  pipe = new SocketPipe(socket, listener);
  pipe.listen();
});
afterEach(() => {
  socket.leave();
  if (vi.getTimerCount() > 0) throw new Error('timers are left');
  vi.useRealTimers();
});

describe('signs of life', () => {
  it('pings every 5 s and keeps who answers', async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(socket.pings).toBe(12);
    expect(reasons).toEqual([]);
  });

  it('drops who has been silent for 10 s', async () => {
    await vi.advanceTimersByTimeAsync(5000);
    socket.answers = false;
    await vi.advanceTimersByTimeAsync(9990);
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(10);
    expect(socket.terminated).toBe(true);
    expect(reasons).toEqual(['peer-lost']);
  });

  it('takes messages for a sign', async () => {
    socket.answers = false;
    for (let s = 0; s < 30; s++) {
      await vi.advanceTimersByTimeAsync(1000);
      socket.receive('x');
    }
    expect(reasons).toEqual([]);
  });

  it('does not blame the far end for a process that was busy', async () => {
    await vi.advanceTimersByTimeAsync(4000);
    socket.answers = false;
    // A handler blocks the thread: time passes and no timer fires.
    vi.setSystemTime(Date.now());
    const late = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 20_000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(socket.terminated).toBe(false);
    late.mockRestore();
  });

  it('asks, and hears an answer or none', async () => {
    expect(await pipe.isAlive(1000)).toBe(true);
    socket.answers = false;
    const alive = pipe.isAlive(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await alive).toBe(false);
    const saved = pipe.isAlive(1000);
    socket.receive('x');
    expect(await saved).toBe(true);
    const left = pipe.isAlive(1000);
    socket.leave();
    expect(await left).toBe(false);
    expect(await pipe.isAlive(1000)).toBe(false);
  });
});

describe('bounds', () => {
  it('leaves sound out while the client is behind, and lets it go after 10 s', async () => {
    pipe.sendSound('a', 100);
    socket.bufferedBytes = 101;
    pipe.sendSound('b', 100);
    expect(socket.sent).toEqual(['a']);
    socket.bufferedBytes = 100;
    pipe.sendSound('c', 100);
    expect(socket.sent).toEqual(['a', 'c']);
    socket.bufferedBytes = 101;
    for (let ms = 0; ms <= 10_000; ms += 20) {
      pipe.sendSound('d', 100);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(socket.goodbye).toBeNull();
    pipe.sendSound('d', 100);
    expect(socket.goodbye).toEqual({ code: 1008, reason: 'too slow' });
    expect(reasons).toEqual(['too-slow']);
    expect(pipe.droppedSounds).toBe(503);
  });

  it('lets go who leaves a megabyte unread, also when only pings would be sent', async () => {
    socket.bufferedBytes = 1024 * 1024 + 1;
    socket.answers = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(socket.goodbye).toEqual({ code: 1008, reason: 'too slow' });
    expect(socket.pings).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(socket.terminated).toBe(true);
    await pipe.closed;
  });

  it('sends nothing behind a megabyte', () => {
    pipe.send('a');
    socket.bufferedBytes = 1024 * 1024 + 1;
    pipe.send('b');
    expect(socket.sent).toEqual(['a']);
    expect(reasons).toEqual(['too-slow']);
  });
});

describe('the end', () => {
  it('is said once, with the first code', async () => {
    const first = pipe.close(1000, 'bye', 'one');
    await Promise.all([first, pipe.close(1011, 'again', 'two')]);
    expect(socket.goodbye).toEqual({ code: 1000, reason: 'bye' });
    expect(reasons).toEqual(['one']);
    expect(pipe.closing).toBe(true);
  });

  it('drops who does not answer a goodbye within a second', async () => {
    socket.answers = false;
    const closing = pipe.close(1000, '', 'done');
    await vi.advanceTimersByTimeAsync(999);
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closing;
    expect(socket.terminated).toBe(true);
  });

  it('cuts what it says to what a close frame holds', () => {
    void pipe.close(1000, 'ä'.repeat(100), 'done');
    expect(socket.goodbye?.reason).toBe('ä'.repeat(61));
  });

  it.each([
    [1006, 'peer-lost'],
    [1000, 'peer-closed'],
    [1001, 'peer-closed'],
  ])('by the far end with %i is %s', async (code, reason) => {
    socket.leave(code);
    await pipe.closed;
    expect(reasons).toEqual([reason]);
  });

  it('hands on nothing that comes after it, and sends nothing', () => {
    socket.answers = false;
    void pipe.close(1000, '', 'done');
    socket.receive('x');
    pipe.send('y');
    pipe.sendSound('z', 100);
    expect(heard).toEqual([]);
    expect(socket.sent).toEqual([]);
  });
});
