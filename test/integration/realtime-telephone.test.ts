import { describe, expect, it, vi } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../src/codec/mulaw.js';
import { AudioData } from '../../src/media/audio-data.js';
import { AdditionalOutputs, CloseStream } from '../../src/realtime/handlers/outputs.js';
import { SocketClient } from '../support/socket-client.js';
import { SocketServer } from '../support/socket-server.js';
import {
  EchoHandler,
  ScriptHandler,
  interruptible,
  newHandlerLog,
} from '../support/sound-handlers.js';
import { channelOf, levelAt, tone } from '../support/tones.js';

const streamSid = 'MZ18ad3ab5a668481ce02b83e7395059f0';
const waiting = { timeout: 15_000 };

/** The messages that Twilio begins a call with. */
function beginning(sid = streamSid): object[] {
  return [
    { event: 'connected', protocol: 'Call', version: '1.0.0' },
    {
      event: 'start',
      sequenceNumber: '1',
      start: {
        accountSid: 'AC1',
        streamSid: sid,
        callSid: 'CA1',
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { room: 'blue' },
      },
      streamSid: sid,
    },
  ];
}

async function call(server: SocketServer, sid = streamSid): Promise<SocketClient> {
  return SocketClient.open(server.telephoneUrl, ...beginning(sid));
}

function media(bytes: Buffer, index: number): object {
  return {
    event: 'media',
    sequenceNumber: `${index + 2}`,
    media: {
      track: 'inbound',
      chunk: `${index + 1}`,
      timestamp: `${index * 20}`,
      payload: bytes.toString('base64'),
    },
    streamSid,
  };
}

function sentence(durationMs: number): AudioData {
  const samples = tone({ frequency: 700, sampleRate: 24_000, duration: durationMs });
  return AudioData.from(samples, { sampleRate: 24_000 });
}

describe('a telephone call', () => {
  it('is an echo at 8 kHz, with a mark at its end', async () => {
    const log = newHandlerLog();
    const handler = new EchoHandler(log, { inputSampleRate: 16_000, outputSampleRate: 24_000 });
    await using server = await SocketServer.listen({ handler });
    using phone = await call(server);
    const samples = tone({ frequency: 700, sampleRate: 8000, duration: 800 });
    const bytes = encodeMulaw(samples);
    for (let i = 0; i < 40; i++) phone.send(media(bytes.subarray(i * 160, (i + 1) * 160), i));
    await phone.expectMessage({ event: 'mark', streamSid, mark: { name: 'framegear-1' } });
    expect(phone.sound.length).toBeGreaterThan(6300);
    const heard = AudioData.from(decodeMulaw(phone.sound), { sampleRate: 8000 });
    const values = channelOf([heard]).slice(800, 5600);
    expect(levelAt(values, 700, 8000)).toBeGreaterThan(0.43);
    expect(levelAt(values, 700, 8000)).toBeLessThan(0.57);
    expect(levelAt(values, 1050, 8000)).toBeLessThan(0.02);
    expect(phone.messages.every((message) => message.streamSid === streamSid)).toBe(true);
    expect(log.heard[0]).toMatchObject({ sampleRate: 16_000, numberOfChannels: 1 });
  });

  it('is in the registry: inputs and outputs reach it, and the TwiML its handler', async () => {
    const seen: unknown[] = [];
    const handler = new ScriptHandler(newHandlerLog(), (self) => {
      if (seen.length > 0 || self.latestArgs === null) return null;
      const { context } = self.connection;
      seen.push(self.latestArgs, context.fields, context.transport, self.phoneMode);
      return new AdditionalOutputs('heard');
    });
    await using server = await SocketServer.listen({ handler });
    using phone = await call(server);
    await vi.waitFor(() => expect(server.core.setInput(streamSid, 7)).toBe(true), waiting);
    const next = await server.core.outputStream(streamSid).next();
    expect(next).toMatchObject({ done: false, value: { outputs: { args: ['heard'] } } });
    const fields = { room: 'blue', callSid: 'CA1', accountSid: 'AC1' };
    expect(seen).toEqual([[7], fields, 'telephone', true]);
    // No message of ours goes to Twilio, not even `fetch_output`.
    expect(phone.messages).toEqual([]);
  });

  it('counts towards the limit with all other connections, and is closed cleanly at it', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using browser = await SocketClient.open(server.websocketUrl, {
      event: 'start',
      websocket_id: 'me',
    });
    await vi.waitFor(() => expect(server.core.connections).toHaveLength(1), waiting);
    using phone = await call(server);
    expect(await phone.expectClosed()).toMatchObject({ code: 1000 });
    expect(phone.messages).toEqual([]);
    browser.send({ event: 'stop' });
    await browser.expectClosed();
    using later = await call(server);
    await vi.waitFor(() => expect(server.core.find(streamSid)).toBeDefined(), waiting);
    using refused = await SocketClient.open(server.websocketUrl, {
      event: 'start',
      websocket_id: 'you',
    });
    await refused.expectMessage({
      status: 'failed',
      meta: { error: 'concurrency_limit_reached', limit: 1 },
    });
    later.send({ event: 'stop', streamSid });
    expect(await later.expectClosed()).toMatchObject({ code: 1000 });
    await vi.waitFor(() => expect(log.shutdowns).toBe(2), waiting);
  });

  it('is hung up when the far end says that all was played', async () => {
    const log = newHandlerLog();
    let said = false;
    const handler = new ScriptHandler(log, () => {
      if (said) return new CloseStream('Bye');
      said = true;
      return sentence(200);
    });
    await using server = await SocketServer.listen({ handler });
    using phone = await call(server);
    const { mark } = await phone.expectMessage({ event: 'mark', streamSid, mark: firstMark });
    expect(phone.sound.length).toBe(1600);
    expect(phone.closed).toBeNull();
    phone.send({ event: 'mark', sequenceNumber: '9', streamSid, mark });
    expect(await phone.expectClosed()).toMatchObject({ code: 1000 });
    expect(phone.messages.some(({ type }) => type !== undefined)).toBe(false);
    expect(log.shutdowns).toBe(1);
  });

  it('is hung up all the same when no mark comes back', async () => {
    let said = false;
    const handler = new ScriptHandler(newHandlerLog(), () => {
      if (said) return new CloseStream();
      said = true;
      return sentence(100);
    });
    await using server = await SocketServer.listen({ handler });
    using phone = await call(server);
    await phone.expectMessage({ event: 'mark', streamSid, mark: firstMark });
    expect(await phone.expectClosed()).toMatchObject({ code: 1000 });
  });

  it('is told to throw away what was interrupted', async () => {
    const { handler, interrupt } = interruptible(() => sentence(20_000));
    await using server = await SocketServer.listen({ handler });
    using phone = await call(server);
    await vi.waitFor(() => expect(phone.sound.length).toBeGreaterThan(0), waiting);
    interrupt();
    await phone.expectMessage({ event: 'clear', streamSid });
    const cleared = phone.messages.findIndex(({ event }) => event === 'clear');
    expect(phone.messages.slice(cleared + 1)).toEqual([]);
    // 200 ms are sent ahead; the rest was never sent.
    expect(phone.sound.length).toBeLessThan(8 * 15_000);
  });

  it('hands digits to the handler', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using phone = await call(server);
    phone.send({ event: 'dtmf', streamSid, dtmf: { track: 'inbound_track', digit: '#' } });
    await vi.waitFor(() => expect(log.messages).toEqual(['{"type":"dtmf","digit":"#"}']), waiting);
  });

  it.each([
    ['a broken message', ['{'], 1007],
    ['a second start', [beginning()[1] as object], 1008],
    ['a bad payload', [{ event: 'media', media: { payload: '*' } }], 1007],
  ])('ends with its handler shut down at %s', async (_, messages, code) => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using phone = await call(server);
    for (const message of messages) phone.send(message);
    expect(await phone.expectClosed()).toMatchObject({ code });
    expect(phone.messages).toEqual([]);
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
    expect(log.startUps).toBe(1);
  });

  it('ends with its handler shut down when the line is cut', async () => {
    const log = newHandlerLog();
    await using server = await SocketServer.listen({ handler: new EchoHandler(log) });
    using phone = await call(server);
    await vi.waitFor(() => expect(log.startUps).toBe(1), waiting);
    phone.socket.terminate();
    await vi.waitFor(() => expect(log.shutdowns).toBe(1), waiting);
    expect(server.core.connectionsCount).toBe(0);
  });
});

const firstMark = { name: 'framegear-1' };
