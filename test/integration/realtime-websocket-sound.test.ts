import { describe, expect, it, vi } from 'vitest';
import { AudioDecoder } from '../../src/codec/audio-decoder.js';
import { AudioEncoder } from '../../src/codec/audio-encoder.js';
import { decodeMulaw, encodeMulaw } from '../../src/codec/mulaw.js';
import { AudioData } from '../../src/media/audio-data.js';
import { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { SocketClient } from '../support/socket-client.js';
import { SocketServer } from '../support/socket-server.js';
import {
  EchoHandler,
  ScriptHandler,
  interruptible,
  newHandlerLog,
} from '../support/sound-handlers.js';
import { channelOf, inPieces, levelAt, tone } from '../support/tones.js';

const frequency = 700;
const level = 0.5;
const duration = 800;

/** Sound of the client, 20 ms a message. */
function pieces(sampleRate: number, numberOfChannels = 1): AudioData[] {
  const samples = tone({ frequency, sampleRate, duration, level, numberOfChannels });
  return inPieces(samples, { sampleRate, numberOfChannels, frames: sampleRate / 50 });
}

function toPcm(frame: AudioData): Buffer {
  const samples = frame.toInt16();
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

function fromPcm(bytes: Buffer): Int16Array {
  return new Int16Array(new Uint8Array(bytes).buffer);
}

/** The tone is there, about as loud as it was sent, and little else. */
function expectTone(samples: Int16Array, sampleRate: number, channels = 1): void {
  const heard = AudioData.from(samples, { sampleRate, numberOfChannels: channels });
  for (let channel = 0; channel < channels; channel++) {
    // Without the ends, where filters and coders begin and fade.
    const values = channelOf([heard], channel).slice(sampleRate * 0.1, sampleRate * 0.7);
    expect(levelAt(values, frequency, sampleRate)).toBeGreaterThan(level * 0.85);
    expect(levelAt(values, frequency, sampleRate)).toBeLessThan(level * 1.15);
    expect(levelAt(values, frequency * 1.5, sampleRate)).toBeLessThan(level * 0.03);
    expect(levelAt(values, frequency * 2, sampleRate)).toBeLessThan(level * 0.03);
  }
}

const rates = [8000, 16_000, 24_000, 48_000];
const start = { event: 'start', websocket_id: 'me' };

describe('mu-law as FastRTC speaks it', () => {
  it.each(rates)('comes back at the rate of a handler of %i Hz', async (rate) => {
    const handler = new EchoHandler(newHandlerLog(), {
      inputSampleRate: rate,
      outputSampleRate: rate,
    });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    for (const piece of pieces(rate)) client.sendSound(encodeMulaw(piece.toInt16()));
    const bytes = (rate * duration) / 1000;
    await vi.waitFor(() => expect(client.sound.length).toBe(bytes), { timeout: 15_000 });
    expectTone(decodeMulaw(client.sound), rate);
    expect(client.messages.every(({ event }) => event === 'media')).toBe(true);
  });

  it('comes in at the input rate and goes out at the output rate', async () => {
    const log = newHandlerLog();
    const handler = new EchoHandler(log, { inputSampleRate: 16_000, outputSampleRate: 24_000 });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    for (const piece of pieces(16_000)) client.sendSound(encodeMulaw(piece.toInt16()));
    const bytes = (24_000 * duration) / 1000;
    await vi.waitFor(() => expect(client.sound.length).toBeGreaterThanOrEqual(bytes - 480), {
      timeout: 15_000,
    });
    expectTone(decodeMulaw(client.sound), 24_000);
    expect(log.heard[0]).toMatchObject({ sampleRate: 16_000, numberOfChannels: 1 });
  });
});

describe('sound in a negotiated format', () => {
  const handlerRates = { inputSampleRate: 16_000, outputSampleRate: 24_000 };

  it.each([...rates.map((rate) => [rate, 1] as const), [44_100, 1] as const, [48_000, 2] as const])(
    'comes back as pcm16 at %i Hz with %i channels, in binary messages',
    async (sampleRate, channels) => {
      const log = newHandlerLog();
      const handler = new EchoHandler(log, handlerRates);
      await using server = await SocketServer.listen({ handler });
      const format = { codec: 'pcm16', sampleRate, channels, binary: true };
      using client = await SocketClient.open(server.websocketUrl, { ...start, ...format });
      await client.expectMessage({ type: 'started' });
      for (const piece of pieces(sampleRate, channels)) client.send(toPcm(piece));
      const bytes = ((sampleRate * duration) / 1000) * 2 * channels;
      await vi.waitFor(
        () => expect(Buffer.concat(client.binary).length).toBeGreaterThan(bytes * 0.96),
        { timeout: 15_000 },
      );
      expectTone(fromPcm(Buffer.concat(client.binary)), sampleRate, channels);
      expect(log.heard[0]).toMatchObject({ sampleRate: 16_000, numberOfChannels: 1 });
      expect(client.sound.length).toBe(0);
    },
  );

  it('comes back as pcm16 in JSON', async () => {
    const handler = new EchoHandler(newHandlerLog(), handlerRates);
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, {
      ...start,
      codec: 'pcm16',
      sampleRate: 16_000,
    });
    for (const piece of pieces(16_000)) client.sendSound(toPcm(piece));
    const bytes = ((16_000 * duration) / 1000) * 2;
    await vi.waitFor(() => expect(client.sound.length).toBeGreaterThan(bytes * 0.96), {
      timeout: 15_000,
    });
    expectTone(fromPcm(client.sound), 16_000);
  });

  it.each(rates)('comes back as mu-law at %i Hz, whatever the handler works with', async (rate) => {
    const handler = new EchoHandler(newHandlerLog(), handlerRates);
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, {
      ...start,
      codec: 'mulaw',
      sampleRate: rate,
    });
    for (const piece of pieces(rate)) client.sendSound(encodeMulaw(piece.toInt16()));
    const bytes = (rate * duration) / 1000;
    await vi.waitFor(() => expect(client.sound.length).toBeGreaterThan(bytes * 0.96), {
      timeout: 15_000,
    });
    expectTone(decodeMulaw(client.sound), rate);
  });

  it.each([...rates.map((rate) => [rate, 1] as const), [12_000, 1] as const, [48_000, 2] as const])(
    'comes back as Opus of %i Hz with %i channels',
    async (sampleRate, numberOfChannels) => {
      const handler = new EchoHandler(newHandlerLog(), handlerRates);
      await using server = await SocketServer.listen({ handler });
      const format = { codec: 'opus', sampleRate, channels: numberOfChannels, binary: true };
      using client = await SocketClient.open(server.websocketUrl, { ...start, ...format });
      using encoder = AudioEncoder.create({
        codec: 'opus',
        sampleRate,
        numberOfChannels,
        application: 'audio',
        bitrate: 64_000,
      });
      for (const piece of pieces(sampleRate, numberOfChannels)) {
        for (const { data } of encoder.encode(piece)) client.send(data);
      }
      await vi.waitFor(() => expect(client.binary.length).toBeGreaterThanOrEqual(38), {
        timeout: 15_000,
      });
      using decoder = AudioDecoder.create({ codec: 'opus', numberOfChannels });
      const heard = client.binary.flatMap((data, i) =>
        decoder.decode(new EncodedAudioChunk({ timestamp: i * 20_000, data })),
      );
      expect(decoder.errors).toBe(0);
      const samples = Int16Array.from(heard.flatMap((piece) => [...piece.toInt16()]));
      expectTone(samples, 48_000, numberOfChannels);
    },
  );
});

describe('sound in time', () => {
  it('of a start-up comes at once, at the pace of the sound', async () => {
    let said = 0;
    const handler = new ScriptHandler(newHandlerLog(), () => {
      if (said > 0) return null;
      said += 1;
      const samples = tone({ frequency, sampleRate: 24_000, duration: 1000 });
      return AudioData.from(samples, { sampleRate: 24_000 });
    });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, start);
    // Nothing is sent but `start`.
    await vi.waitFor(() => expect(client.sound.length).toBeGreaterThan(0), { timeout: 15_000 });
    const began = performance.now();
    await vi.waitFor(() => expect(client.sound.length).toBe(24_000), { timeout: 15_000 });
    // A second of sound goes out in 800 ms: 200 ms are ahead.
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  it('is thrown away when the handler clears it', async () => {
    const { handler, interrupt } = interruptible(() => {
      const samples = tone({ frequency, sampleRate: 24_000, duration: 20_000 });
      return AudioData.from(samples, { sampleRate: 24_000 });
    });
    await using server = await SocketServer.listen({ handler });
    using client = await SocketClient.open(server.websocketUrl, { ...start, codec: 'pcm16' });
    await vi.waitFor(() => expect(client.sound.length).toBeGreaterThan(0), { timeout: 15_000 });
    interrupt();
    await client.expectMessage({ type: 'clear' });
    client.send({ event: 'ping' });
    await client.expectMessage({ event: 'pong' });
    const cleared = client.messages.findIndex(({ type }) => type === 'clear');
    expect(client.messages.slice(cleared).some(({ media }) => media !== undefined)).toBe(false);
  });
});
