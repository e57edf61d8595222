import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  receivePicture,
  receiveSound,
  sendPicture,
  sendSound,
} from '../../../src/delivery/sent-media.js';
import { EncodedAudioChunk } from '../../../src/media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import type { PacketizedVideoChunk } from '../../../src/media/encoded-video-chunk.js';

/** What arrives in another thread. */
function cross<T>(value: T): T {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const received = receiveMessageOnPort(port2) as { message: T };
  port1.close();
  return received.message;
}

function picture(payloads: Buffer[], duration?: number): PacketizedVideoChunk {
  const init = { type: 'key', timestamp: 5000, data: Buffer.from('bits') } as const;
  return {
    chunk: new EncodedVideoChunk(duration === undefined ? init : { ...init, duration }),
    payloads,
  };
}

describe('pictures on their way to other threads', () => {
  it('arrive as they were, on the other clock', () => {
    const payloads = [Buffer.from('one'), Buffer.from('second'), Buffer.alloc(0)];
    const received = receivePicture(cross(sendPicture(picture(payloads, 33_000))), -2000);
    expect(received.chunk).toMatchObject({ type: 'key', timestamp: 3000, duration: 33_000 });
    expect(received.payloads).toEqual(payloads);
    expect(received.chunk.byteLength).toBe(9);
  });

  it('are written to shared memory once for all threads', () => {
    const original = picture([Buffer.from('one')]);
    expect(sendPicture(original)).toBe(sendPicture(original));
  });

  it('are not copied when they are in shared memory already', () => {
    const memory = Buffer.from(new SharedArrayBuffer(10));
    const sent = sendPicture(picture([memory.subarray(2, 5), memory.subarray(5, 9)]));
    expect(sent).toMatchObject({ offset: 2, sizes: [3, 4] });
    const received = receivePicture(cross(sent), 0);
    memory.write('hi', 5);
    expect(received.payloads[1]?.toString('latin1', 0, 2)).toBe('hi');
    expect(received.chunk.duration).toBeNull();
  });

  it('are copied when shared memory holds them in another order', () => {
    const memory = Buffer.from(new SharedArrayBuffer(4));
    memory.write('abcd');
    const payloads = [memory.subarray(2, 4), memory.subarray(0, 2)];
    const received = receivePicture(cross(sendPicture(picture(payloads))), 0);
    expect(received.payloads.map(String)).toEqual(['cd', 'ab']);
  });

  it('may be empty', () => {
    expect(receivePicture(cross(sendPicture(picture([]))), 0).payloads).toEqual([]);
  });
});

describe('sound on its way to other threads', () => {
  it('arrives as it was, on the other clock', () => {
    const data = Buffer.from('a piece of opus').subarray(2, 7);
    const sent = sendSound(new EncodedAudioChunk({ timestamp: 20_000, duration: 20_000, data }));
    expect(sent.data.buffer.byteLength).toBe(5);
    const received = receiveSound(cross(sent), 1000);
    expect(received).toMatchObject({ timestamp: 21_000, duration: 20_000 });
    expect(received.data).toEqual(data);
    const unknown = sendSound(new EncodedAudioChunk({ timestamp: 0, data }));
    expect(receiveSound(cross(unknown), 0).duration).toBeNull();
  });
});
