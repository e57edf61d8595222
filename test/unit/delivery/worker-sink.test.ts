import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { counterOf, createCounters } from '../../../src/delivery/protocol.js';
import type { HostCommand } from '../../../src/delivery/protocol.js';
import { PictureFlow, WorkerSink } from '../../../src/delivery/worker-sink.js';
import { EncodedAudioChunk } from '../../../src/media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import { rendition } from '../../support/join-delivery.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sink into a worker that takes nothing until it is told to. */
function lazyWorker() {
  const counters = createCounters();
  const commands: HostCommand[] = [];
  const asked: string[] = [];
  const sink = new WorkerSink('live', new PictureFlow(counters), {
    push: (command) => void commands.push(command),
    keyFrameNeeded: (id) => void asked.push(id),
  });
  const write = (type: 'key' | 'delta', info = rendition()): void => {
    const data = Buffer.from('x');
    sink.write(info, {
      chunk: new EncodedVideoChunk({ type, timestamp: 0, data }),
      payloads: [data],
    });
  };
  const takeAll = (): void => {
    const pictures = commands.filter(({ kind }) => kind === 'picture').length;
    Atomics.store(counters, counterOf.pictures, pictures);
  };
  return { sink, commands, asked, write, takeAll };
}

describe('WorkerSink', () => {
  it('leaves pictures out when the worker is late, up to the next key frame', () => {
    const { commands, asked, write, takeAll } = lazyWorker();
    for (let i = 0; i < 70; i += 1) write(i === 0 ? 'key' : 'delta');
    expect(commands).toHaveLength(60);
    write('key');
    expect([commands.length, asked.length]).toEqual([60, 0]);

    takeAll();
    write('delta');
    write('delta');
    expect(commands).toHaveLength(60);
    expect(asked).toEqual(['vp8/full']);
    vi.advanceTimersByTime(1000);
    write('delta');
    expect(asked).toEqual(['vp8/full', 'vp8/full']);
    write('key');
    write('delta');
    expect(commands).toHaveLength(62);
    expect(asked).toHaveLength(2);
  });

  it('counts renditions together, and breaks each by itself', () => {
    const { commands, write, takeAll } = lazyWorker();
    for (let i = 0; i < 60; i += 1) write('delta');
    write('delta', rendition('half'));
    expect(commands).toHaveLength(60);
    takeAll();
    write('delta');
    write('delta', rendition('half'));
    expect(commands).toHaveLength(61);
  });

  it('sends sound unless the worker is late', () => {
    const { sink, commands, write } = lazyWorker();
    const chunk = new EncodedAudioChunk({ timestamp: 0, data: Buffer.from('opus') });
    sink.writeAudio(chunk);
    expect(commands).toMatchObject([{ kind: 'sound', streamName: 'live' }]);
    for (let i = 0; i < 60; i += 1) write('delta');
    sink.writeAudio(chunk);
    expect(commands).toHaveLength(61);
  });
});
