import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AudioData } from '../../../../src/media/audio-data.js';
import { AudioData as Sound } from '../../../../src/media/audio-data.js';
import { AdditionalOutputs } from '../../../../src/realtime/handlers/outputs.js';
import type { StreamHandlerOptions } from '../../../../src/realtime/handlers/stream-handler.js';
import { FakeLink } from '../../../support/fake-link.js';
import { giveOnce, onlyCopy, scripted, sound, startOne } from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';

const plain: StreamHandlerOptions = { outputSampleRate: 48_000 };

const audio = (script?: HandlerScript, options = plain): ReturnType<typeof scripted> =>
  scripted(script, options);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('sound of the client', () => {
  it.each([
    [48_000, 960],
    [24_000, 960],
    [16_000, 960],
    [16_000, 320],
  ])('comes over WebRTC at %i Hz in pieces of %i samples', async (inputSampleRate, size) => {
    const options = audio({}, { ...plain, inputSampleRate, inputFrameSize: size });
    const { core, connection } = await startOne(options);
    for (let i = 0; i < 100; i++) connection.receiveAudio(sound(20, 48_000, 2));
    const { received } = onlyCopy(options.handler);
    const expected = Math.floor((2 * inputSampleRate) / size);
    expect(received.length).toBeGreaterThanOrEqual(expected - 1);
    for (const { format, sampleRate, numberOfChannels, numberOfFrames } of received) {
      expect([format, sampleRate, numberOfChannels]).toEqual(['s16', inputSampleRate, 1]);
      expect(numberOfFrames).toBe(size);
    }
    await core.close();
  });

  it('comes over sockets in pieces as the client cut them', async () => {
    const options = audio({}, { ...plain, inputSampleRate: 8000 });
    const { core, connection } = await startOne(options, new FakeLink('websocket'));
    connection.receiveAudio(sound(35, 8000));
    connection.receiveAudio(sound(170, 8000));
    expect(onlyCopy(options.handler).received.map(({ numberOfFrames }) => numberOfFrames)).toEqual([
      280, 1360,
    ]);
    await core.close();
  });

  it('comes in stereo where the handler expects that', async () => {
    const options = audio({}, { ...plain, expectedLayout: 'stereo' });
    const { core, connection } = await startOne(options);
    connection.receiveAudio(sound(20, 48_000, 1));
    expect(onlyCopy(options.handler).received[0]?.numberOfChannels).toBe(2);
    await core.close();
  });

  it('is waited for in order by a slow handler, and the oldest goes after 10 s', async () => {
    const heard: number[] = [];
    let next: () => void = () => undefined;
    const options = audio({
      receive(frame) {
        heard.push(frame.toInt16()[0] as number);
        return new Promise((resolve) => (next = resolve));
      },
    });
    const { core, connection } = await startOne(options);
    for (let i = 0; i < 600; i++) {
      const samples = new Int16Array(960).fill(i);
      connection.receiveAudio(Sound.from(samples, { sampleRate: 48_000 }));
    }
    expect(heard).toEqual([0]);
    // One is at work, 500 wait.
    expect(connection.stats.dropped.audioInFull).toBe(99);
    next();
    await vi.advanceTimersByTimeAsync(0);
    next();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([0, 100, 101]);
    await core.close();
  });

  it('goes on after a piece that made the handler fail', async () => {
    let n = 0;
    const options = audio({
      receive: () => (++n === 2 ? Promise.reject(new Error('no')) : Promise.resolve()),
    });
    const { core, connection } = await startOne(options);
    for (let i = 0; i < 4; i++) connection.receiveAudio(sound(20));
    await vi.advanceTimersByTimeAsync(0);
    expect(onlyCopy(options.handler).received).toHaveLength(4);
    await core.close();
  });

  it('is left out where the mode has no use for it', async () => {
    const options = audio();
    const { core, connection } = await startOne({ ...options, mode: 'receive' });
    connection.receiveAudio(sound(20));
    expect(onlyCopy(options.handler).received).toHaveLength(0);
    expect(connection.stats).toMatchObject({ audioIn: 0, dropped: { unwanted: 1 } });
    await core.close();
  });
});

describe('sound of the handler', () => {
  it('is played in pieces of 20 ms, in time', async () => {
    const { core, link } = await startOne(audio(giveOnce(sound(200))));
    const began = performance.now();
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.played).toHaveLength(10);
    link.played.forEach(({ frame, atMs }, i) => {
      expect(frame.numberOfFrames).toBe(960);
      expect(Math.abs(atMs - began - i * 20)).toBeLessThanOrEqual(1.5);
      expect(frame.timestamp - (link.played[0]?.frame.timestamp ?? 0)).toBe(i * 20_000);
    });
    await core.close();
  });

  it.each([
    [44_100, 1],
    [16_000, 1],
    [22_050, 2],
    [48_000, 2],
  ])('of %i Hz and %i channels is turned into the rate of the client', async (rate, channels) => {
    const options = audio(giveOnce(sound(1000, rate, channels)), { outputSampleRate: 24_000 });
    const { core, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(2000);
    // The rest is filled up with silence.
    expect(link.played.length).toBeGreaterThanOrEqual(50);
    expect(link.played.length).toBeLessThanOrEqual(51);
    for (const { frame } of link.played) {
      expect(frame.format).toBe('s16');
      expect([frame.sampleRate, frame.numberOfFrames]).toEqual([24_000, 480]);
      expect(frame.numberOfChannels).toBe(channels);
    }
    await core.close();
  });

  it('keeps a rate that its link takes as it is, until a higher one comes', async () => {
    const items = [16_000, 44_100, 12_000, 48_000, 16_000].map((rate) => sound(40, rate));
    const link = Object.assign(new FakeLink(), { audioRates: [12_000, 16_000, 48_000] });
    const { core } = await startOne(audio(giveOnce(...items), { outputSampleRate: 24_000 }), link);
    await vi.advanceTimersByTimeAsync(1000);
    const rates = link.played.map(({ frame }) => frame.sampleRate);
    expect([...new Set(rates)]).toEqual([16_000, 24_000, 48_000]);
    expect(rates.filter((rate) => rate === 16_000)).toHaveLength(2);
    expect(rates.filter((rate) => rate === 48_000).length).toBeGreaterThanOrEqual(4);
    for (const { frame } of link.played) expect(frame.duration).toBe(20_000);
    await core.close();
  });

  it('keeps its order when its layout changes', async () => {
    const { core, link } = await startOne(
      audio(giveOnce(sound(50), sound(40, 48_000, 2), sound(20))),
    );
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.played.map(({ frame }) => frame.numberOfChannels)).toEqual([1, 1, 1, 2, 2, 1]);
    await core.close();
  });

  it('that is less than a piece is played too, filled up with silence', async () => {
    const { core, link } = await startOne(audio(giveOnce(sound(5))));
    await vi.advanceTimersByTimeAsync(200);
    expect(link.played).toHaveLength(1);
    const samples = link.played[0]?.frame.toInt16() as Int16Array;
    expect([samples[239], samples[240]]).toEqual([1000, 0]);
    await core.close();
  });

  it('in pieces of odd lengths is joined without a gap', async () => {
    const { core, link } = await startOne(
      audio(giveOnce(...Array.from({ length: 10 }, () => sound(33)))),
    );
    await vi.advanceTimersByTimeAsync(1000);
    const samples = link.played.flatMap(({ frame }) => [...frame.toInt16()]);
    expect(samples).toHaveLength(17 * 960);
    expect(samples.lastIndexOf(1000)).toBe(330 * 48 - 1);
    expect(samples.indexOf(0)).toBe(330 * 48);
    await core.close();
  });

  it('is handed over ahead of time where the far end buffers', async () => {
    const link = new FakeLink('websocket');
    link.audioLeadMs = 200;
    const { core } = await startOne(audio(giveOnce(sound(1000))), link);
    await vi.advanceTimersByTimeAsync(0);
    expect(link.played).toHaveLength(11);
    await vi.advanceTimersByTimeAsync(100);
    expect(link.played).toHaveLength(16);
    await core.close();
  });

  it('begins anew after a gap, and hurries after a shorter one', async () => {
    const items: unknown[] = [sound(40)];
    const { core, link } = await startOne(audio({ emit: () => items.shift() as AudioData }));
    await vi.advanceTimersByTimeAsync(140);
    items.push(sound(40));
    await vi.advanceTimersByTimeAsync(10);
    // 100 ms late: both are sent at once, at their old times.
    expect(link.played).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(300);
    items.push(sound(40));
    await vi.advanceTimersByTimeAsync(10);
    expect(link.played).toHaveLength(5);
    const times = link.played.map(({ frame }) => frame.timestamp);
    expect((times[3] as number) - (times[2] as number)).toBe(20_000);
    expect((times[4] as number) - (times[3] as number)).toBeGreaterThan(300_000);
    await core.close();
  });

  it('is not asked for while 30 s of it wait', async () => {
    const options = audio({ emit: () => sound(1000) });
    const { core, connection, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(10);
    const handler = onlyCopy(options.handler);
    expect(handler.emits).toBe(31);
    expect(handler.connection.queuedAudioMs).toBe(30_980);
    await vi.advanceTimersByTimeAsync(950);
    expect(handler.emits).toBe(31);
    await vi.advanceTimersByTimeAsync(100);
    expect(handler.emits).toBe(32);
    expect(connection.stats.audioOut).toBe(link.played.length);
    await core.close();
  });

  it('is ignored in mode send, where outputs are not', async () => {
    const options = audio(giveOnce([sound(20), new AdditionalOutputs(1)], sound(20), null));
    const { core, connection, link } = await startOne({ ...options, mode: 'send' });
    await vi.advanceTimersByTimeAsync(100);
    expect(link.played).toHaveLength(0);
    expect(connection.stats).toMatchObject({ outputs: 1, audioOut: 0, dropped: { unwanted: 2 } });
    await core.close();
  });
});
