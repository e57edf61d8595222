import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BitrateControl } from '../../../../src/realtime/webrtc/bitrate-control.js';
import { KeyFrameGate } from '../../../../src/realtime/webrtc/key-frame-gate.js';
import { mediaWishes } from '../../../../src/realtime/webrtc/media-wishes.js';
import { MessageBacklog } from '../../../../src/realtime/webrtc/message-backlog.js';

describe('KeyFrameGate', () => {
  it('lets two a second through and forgets no request', () => {
    let now = 0;
    const gate = new KeyFrameGate(() => now);
    expect(gate.due).toBe(false);
    gate.request();
    expect(gate.due).toBe(true);
    gate.sent();
    now = 50;
    gate.request();
    now = 600;
    expect(gate.due).toBe(false);
    gate.request();
    gate.sent();
    now = 800;
    gate.request();
    expect(gate.due).toBe(false);
    now = 1100;
    expect(gate.due).toBe(true);
  });
});

describe('BitrateControl', () => {
  function send(control: BitrateControl, bitrate: number, clock: { now: number }): void {
    for (let i = 0; i < 60; i++) {
      clock.now += 33;
      control.sent((bitrate * 0.033) / 8);
    }
  }

  it('goes down at once when a client gets less than it is sent, and up slowly', () => {
    const clock = { now: 0 };
    const control = new BitrateControl(2_000_000, () => clock.now);
    send(control, 2_000_000, clock);
    expect(control.estimate(1_000_000)).toBe(true);
    expect(control.bitrate).toBe(850_000);
    expect(control.estimate(5_000_000)).toBe(false);
    clock.now += 5000;
    expect(control.estimate(950_000)).toBe(false);
    expect(control.estimate(5_000_000)).toBe(true);
    expect(control.bitrate).toBe(2_000_000);
    expect(control.estimate(9_000_000)).toBe(false);
  });

  it('takes no notice of a low estimate while little is sent', () => {
    const clock = { now: 0 };
    const control = new BitrateControl(2_000_000, () => clock.now);
    send(control, 100_000, clock);
    expect(control.estimate(300_000)).toBe(false);
    expect(control.bitrate).toBe(2_000_000);
  });

  it('never goes below 100,000', () => {
    const clock = { now: 0 };
    const control = new BitrateControl(2_000_000, () => clock.now);
    send(control, 1_000_000, clock);
    control.estimate(10);
    expect(control.bitrate).toBe(100_000);
  });
});

describe('MessageBacklog', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says when nothing waits any more, and waits no longer than told', async () => {
    let full = true;
    const backlog = new MessageBacklog(() => !full);
    await backlog.drained(1000);
    backlog.send('a');
    const told = vi.fn();
    void backlog.drained(1000).then(told);
    backlog.open();
    await vi.advanceTimersByTimeAsync(100);
    expect(told).not.toHaveBeenCalled();
    full = false;
    await vi.advanceTimersByTimeAsync(50);
    expect(told).toHaveBeenCalledTimes(1);
    full = true;
    backlog.send('b');
    void backlog.drained(1000).then(told);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toHaveBeenCalledTimes(2);
    void backlog.drained(1000).then(told);
    backlog.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toHaveBeenCalledTimes(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the newest 64 until the channel opens, then sends in order', () => {
    const sent: string[] = [];
    const backlog = new MessageBacklog((text) => sent.push(text) > 0);
    for (let i = 0; i < 100; i++) backlog.send(String(i));
    expect(sent).toEqual([]);
    backlog.open();
    expect(sent).toHaveLength(64);
    expect(sent[0]).toBe('36');
    backlog.send('next');
    expect(sent.at(-1)).toBe('next');
  });

  it('tries a full channel again, in order', () => {
    const sent: string[] = [];
    let full = true;
    const backlog = new MessageBacklog((text) => !full && sent.push(text) > 0);
    backlog.open();
    backlog.send('a');
    backlog.send('b');
    vi.advanceTimersByTime(200);
    expect(sent).toEqual([]);
    full = false;
    backlog.send('c');
    vi.advanceTimersByTime(200);
    expect(sent).toEqual(['a', 'b', 'c']);
    full = true;
    backlog.send('d');
    backlog.close();
    expect(backlog.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('mediaWishes', () => {
  const options = { codecs: ['vp8' as const], allowExtraTracks: true };

  it.each([
    ['send-receive', true, true],
    ['send', false, true],
    ['receive', true, false],
  ] as const)('mode %s: we send %s, receive %s', (mode, send, receive) => {
    expect(mediaWishes({ modality: 'audio-video', mode }, options)).toEqual({
      video: { send, receive, codecs: ['vp8'] },
      audio: { send, receive },
      allowExtraTracks: true,
    });
  });

  it('wants nothing else than the modality', () => {
    const mode = 'send-receive';
    expect(mediaWishes({ modality: 'audio', mode }, options).video).toBeNull();
    expect(mediaWishes({ modality: 'video', mode }, options).audio).toBeNull();
  });
});
