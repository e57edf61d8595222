import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import { AudioData } from '../../../../src/media/audio-data.js';
import { ConnectionRefusedError } from '../../../../src/realtime/core/refused-error.js';
import { maxMessageBytes } from '../../../../src/realtime/websocket/read-event.js';
import { acceptWebSocket } from '../../../../src/realtime/websocket/websocket-session.js';
import { FakeMessageSocket } from '../../../support/fake-message-socket.js';
import { FakeStreamPort, RatesHandler } from '../../../support/fake-stream-port.js';
import type { FakeConnection } from '../../../support/fake-stream-port.js';

const start = { event: 'start', websocket_id: 'me' };
const media = (bytes: Uint8Array | number[]): object => ({
  event: 'media',
  media: { payload: Buffer.from(bytes).toString('base64') },
});

let port: FakeStreamPort;
let socket: FakeMessageSocket;

function connect(): void {
  acceptWebSocket(port, socket, { headers: { origin: 'there' } });
}

async function join(event: object = start): Promise<FakeConnection> {
  connect();
  socket.receive(event);
  await vi.advanceTimersByTimeAsync(0);
  return port.connections[0] as FakeConnection;
}

function tone(sampleRate: number, frames = sampleRate / 50): AudioData {
  const samples = Int16Array.from({ length: frames }, (_, i) => 8000 * Math.sin(i / 5));
  return AudioData.from(samples, { sampleRate });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  port = new FakeStreamPort(
    new RatesHandler({ inputSampleRate: 16_000, outputSampleRate: 24_000 }),
  );
  socket = new FakeMessageSocket();
});
afterEach(() => {
  socket.leave();
  if (vi.getTimerCount() > 0) throw new Error('timers are left');
  vi.useRealTimers();
});

describe('the protocol as FastRTC speaks it', () => {
  it('takes a place at start, and says nothing that the original does not say', async () => {
    const connection = await join({ ...start, room: 7 });
    expect(port.requests).toEqual([
      { id: 'me', transport: 'websocket', headers: { origin: 'there' }, fields: { room: 7 } },
    ]);
    expect(connection.starts).toBe(1);
    expect(socket.sent).toEqual([]);
    connection.link.clearAudio();
    expect(socket.sent).toEqual([]);
  });

  it('reads mu-law at the rate that the handler takes', async () => {
    const connection = await join();
    socket.receive(media(Buffer.alloc(320, 0xff)));
    socket.receive(media(Buffer.alloc(80, 0x80)));
    expect(connection.audio.map(({ sampleRate, numberOfFrames }) => [sampleRate, numberOfFrames]))
      .toEqual([[16_000, 320], [16_000, 80]]); // prettier-ignore
    expect(connection.audio.map(({ timestamp }) => timestamp)).toEqual([0, 20_000]);
    expect(connection.audio[1]?.toInt16()[0]).toBe(32_124);
  });

  it('writes mu-law at the rate that the handler gives', async () => {
    const connection = await join();
    connection.link.playAudio(tone(24_000));
    expect(socket.messages).toHaveLength(1);
    const [message] = socket.messages as [{ event: string; media: { payload: string } }];
    expect(message.event).toBe('media');
    expect(Buffer.from(message.media.payload, 'base64')).toHaveLength(480);
  });

  it('answers ping before and after start, and closes with 1000 at stop', async () => {
    connect();
    socket.receive({ event: 'ping' });
    expect(socket.messages).toEqual([{ event: 'pong' }]);
    socket.receive(start);
    await vi.advanceTimersByTimeAsync(0);
    socket.receive({ event: 'ping' });
    expect(socket.messages).toHaveLength(2);
    socket.receive({ event: 'stop' });
    expect(socket.goodbye?.code).toBe(1000);
    expect(port.connections[0]?.reason).toBe('peer-closed');
  });

  it('leaves out sound before start, and events that it does not know', async () => {
    connect();
    socket.receive(media([1, 2, 3]));
    socket.receive({ event: 'whatever' });
    socket.receive(start);
    await vi.advanceTimersByTimeAsync(0);
    socket.receive({ event: 'whatever' });
    expect(port.connections[0]?.audio).toEqual([]);
    expect(socket.goodbye).toBeNull();
  });

  it.each([
    ['the limit', new ConnectionRefusedError('concurrency_limit_reached', '', 3), { limit: 3 }],
    ['an id in use', new ConnectionRefusedError('connection_already_exists', ''), {}],
  ])('tells of %s and closes with 1000', async (_, refusal, meta) => {
    port.gate = Promise.reject(refusal);
    await join();
    expect(socket.messages).toEqual([{ status: 'failed', meta: { error: refusal.code, ...meta } }]);
    expect(socket.goodbye?.code).toBe(1000);
    expect(port.connections).toEqual([]);
  });

  it('says that the stream has closed, and gives the place back', async () => {
    port.attachFault = new InvalidStateError('closed');
    await join();
    expect(socket.messages).toMatchObject([{ status: 'failed', meta: { error: 'stream_closed' } }]);
    expect(port.released).toBe(1);
  });

  it('closes with 1011 when its own side fails', async () => {
    port.attachFault = new Error('out of order');
    await join();
    expect(socket.goodbye).toEqual({ code: 1011, reason: 'internal error' });
    expect(port.released).toBe(1);
  });

  it.each(['video', 'audio-video'] as const)('takes no stream of %s', async (modality) => {
    port.modality = modality;
    await join();
    expect(socket.messages).toMatchObject([
      { status: 'failed', meta: { error: 'unsupported_modality' } },
    ]);
    expect(socket.goodbye?.code).toBe(1000);
    expect(port.requests).toEqual([]);
  });

  it('listens to nothing where the client only receives', async () => {
    port.mode = 'receive';
    const connection = await join();
    socket.receive(media([1, 2, 3]));
    expect(connection.audio).toEqual([]);
  });
});

describe('messages and inputs', () => {
  it('hands on inputs, text, values and chat', async () => {
    const connection = await join();
    socket.receive({ event: 'input', data: [1, 'two'] });
    socket.receive({ event: 'input', data: { threshold: 0.5, mode: 'x' } });
    socket.receive({ event: 'message', data: 'plain' });
    socket.receive({ event: 'message', data: { a: 1 } });
    socket.receive({ event: 'chat', data: 'hello' });
    socket.receive({ type: 'chat', data: 'there' });
    socket.receive({ type: 'stop_chat' });
    expect(connection.inputs).toEqual([
      [1, 'two'],
      [0.5, 'x'],
    ]);
    expect(connection.received).toEqual([
      'plain',
      '{"a":1}',
      '{"type":"chat","data":"hello"}',
      '{"type":"chat","data":"there"}',
      '{"type":"stop_chat"}',
    ]);
  });

  it('keeps what comes while a place is taken, in order', async () => {
    let open!: () => void;
    port.gate = new Promise((resolve) => (open = resolve));
    connect();
    socket.receive(start);
    socket.receive({ event: 'input', data: [1] });
    socket.receive(media([0xff, 0xff]));
    socket.receive({ event: 'message', data: 'x' });
    open();
    await vi.advanceTimersByTimeAsync(0);
    const [connection] = port.connections;
    expect(connection?.inputs).toEqual([[1]]);
    expect(connection?.audio).toHaveLength(1);
    expect(connection?.received).toEqual(['x']);
  });

  it('bounds what comes while a place is taken', async () => {
    let open!: () => void;
    port.gate = new Promise((resolve) => (open = resolve));
    connect();
    socket.receive(start);
    for (let i = 0; i < 300; i++) socket.receive({ event: 'message', data: 'x' });
    expect(socket.goodbye?.code).toBe(1008);
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(port.released).toBe(1);
    expect(port.connections).toEqual([]);
  });

  it('gives the place back when the client leaves before it has it', async () => {
    let open!: () => void;
    port.gate = new Promise((resolve) => (open = resolve));
    connect();
    socket.receive(start);
    socket.leave();
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(port.released).toBe(1);
    expect(port.connections).toEqual([]);
  });

  it('sends outputs to who asked for them', async () => {
    await join({ ...start, outputs: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.messages[1]).toEqual({ type: 'output', data: ['first', 2] });
  });
});

describe('what is negotiated', () => {
  it('is answered with the rates of both ways', async () => {
    await join({ ...start, codec: 'mulaw' });
    expect(socket.messages).toEqual([
      {
        type: 'started',
        data: {
          websocket_id: 'me',
          codec: 'mulaw',
          inputSampleRate: 16_000,
          outputSampleRate: 24_000,
          channels: 1,
          binary: false,
          outputs: false,
        },
      },
    ]);
  });

  it('is 16-bit samples at a rate of the client, in binary messages', async () => {
    const connection = await join({
      ...start,
      codec: 'pcm16',
      sampleRate: 44_100,
      channels: 2,
      binary: true,
    });
    socket.receive(Buffer.from([1, 0, 2, 0, 0xff, 0xff, 0xfe, 0xff]));
    const [frame] = connection.audio;
    expect(frame).toMatchObject({ sampleRate: 44_100, numberOfChannels: 2, numberOfFrames: 2 });
    expect([...(frame as AudioData).toInt16()]).toEqual([1, 2, -1, -2]);
    for (let i = 0; i < 10; i++) connection.link.playAudio(tone(24_000).at(i * 20_000));
    const bytes = socket.sent.filter((data) => Buffer.isBuffer(data));
    const total = bytes.reduce((sum, { length }) => sum + length, 0);
    expect(total).toBeGreaterThan(44_100 * 0.18 * 4);
    expect(total).toBeLessThanOrEqual(44_100 * 0.2 * 4);
    await vi.advanceTimersByTimeAsync(100);
    const all = socket.sent.filter((data) => Buffer.isBuffer(data));
    // What the resampler held back comes while the client still has 100 ms to play.
    expect(all.reduce((sum, { length }) => sum + length, 0)).toBe(44_100 * 0.2 * 4);
  });

  it('is Opus, one packet a message', async () => {
    const connection = await join({ ...start, codec: 'opus', binary: true });
    for (let i = 0; i < 5; i++) connection.link.playAudio(tone(24_000).at(i * 20_000));
    const played = connection.link.audioPlayed?.();
    const packets = socket.sent.filter((data) => Buffer.isBuffer(data));
    expect(packets.length).toBeGreaterThanOrEqual(4);
    for (const packet of packets) socket.receive(packet);
    expect(connection.audio.every(({ sampleRate }) => sampleRate === 48_000)).toBe(true);
    expect(connection.audio[0]?.numberOfFrames).toBe(960);
    await vi.advanceTimersByTimeAsync(200);
    await played;
  });

  it('tells the client to throw its sound away', async () => {
    const connection = await join({ ...start, binary: false });
    connection.link.clearAudio();
    expect(socket.messages.at(-1)).toEqual({ type: 'clear', data: '' });
  });

  it.each([
    [{ codec: 'mp3' }],
    [{ codec: 5 }],
    [{ sampleRate: 4000 }],
    [{ sampleRate: '16000' }],
    [{ sampleRate: 16_000.5 }],
    [{ codec: 'opus', sampleRate: 44_100 }],
    [{ channels: 2 }],
    [{ codec: 'pcm16', channels: 3 }],
  ])('is refused when it is %j', async (wish) => {
    await join({ ...start, ...wish });
    expect(socket.messages).toMatchObject([
      { status: 'failed', meta: { error: 'unsupported_format' } },
    ]);
    expect(socket.goodbye?.code).toBe(1000);
    expect(port.requests).toEqual([]);
  });
});

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const badMessages: [string, string | Buffer, number][] = [
  ['no JSON', 'hello', 1007],
  ['half JSON', '{"event":"sta', 1007],
  ['nothing', '', 1007],
  ['null', 'null', 1007],
  ['an array', '[1]', 1007],
  ['a number', '7', 1007],
  ['deep nesting', deep, 1007],
  ['no event', '{}', 1007],
  ['an event that is no text', '{"event":5}', 1007],
  ['a type that is no chat', '{"type":"start"}', 1007],
  ['bytes that were not asked for', Buffer.from([1, 2]), 1003],
  ['a megabyte of text', 'x'.repeat(maxMessageBytes + 1), 1009],
  ['a megabyte of bytes', Buffer.alloc(maxMessageBytes + 1), 1009],
];
const badBefore: [string, object, number][] = [
  ['start without id', { event: 'start' }, 1007],
  ['start with a number', { event: 'start', websocket_id: 5 }, 1007],
  ['start with an empty id', { event: 'start', websocket_id: '' }, 1007],
  ['start with a long id', { event: 'start', websocket_id: 'x'.repeat(129) }, 1007],
  ['binary that is no flag', { ...start, binary: 'yes' }, 1007],
  ['outputs that is no flag', { ...start, outputs: 1 }, 1007],
  ['input before start', { event: 'input', data: [] }, 1008],
  ['message before start', { event: 'message', data: '' }, 1008],
  ['chat before start', { event: 'chat', data: '' }, 1008],
];
const badAfter: [string, object, number][] = [
  ['start twice', start, 1008],
  ['media without media', { event: 'media' }, 1007],
  ['media that is null', { event: 'media', media: null }, 1007],
  ['a payload that is no text', { event: 'media', media: { payload: [1] } }, 1007],
  ['a payload that is not base64', { event: 'media', media: { payload: 'a*b=' } }, 1007],
  ['a payload cut short', { event: 'media', media: { payload: 'AAAAA' } }, 1007],
  ['input that is text', { event: 'input', data: 'x' }, 1007],
  ['input without data', { event: 'input' }, 1007],
  ['message without data', { event: 'message' }, 1007],
];

function expectRejected(code: number): void {
  expect(socket.goodbye?.code).toBe(code);
  const told = socket.messages.at(-1) as { type: string; data: string; message: string };
  expect(told.type).toBe('error');
  expect(told.message).toBe(told.data);
  expect(told.message).not.toBe('');
}

describe('what breaks the protocol', () => {
  it.each([...badMessages, ...badBefore])(
    'is told and closed before start: %s',
    (_, data, code) => {
      connect();
      socket.receive(data);
      expectRejected(code);
      expect(port.requests).toEqual([]);
    },
  );

  it.each([...badMessages, ...badAfter])(
    'is told and closed after start: %s',
    async (_, data, code) => {
      const connection = await join();
      socket.receive(data);
      expectRejected(code);
      expect(connection.reason).toBe('protocol-error');
    },
  );

  it.each([
    ['half a sample', { codec: 'pcm16', binary: true }, Buffer.from([1, 2, 3])],
    ['half a pair', { codec: 'pcm16', channels: 2, binary: true }, Buffer.from([1, 2])],
    ['no Opus', { codec: 'opus', binary: true }, Buffer.from([0xff, 0xff, 0xff])],
  ])('is told and closed: %s', async (_, wish, bytes) => {
    await join({ ...start, ...wish });
    socket.receive(bytes);
    expectRejected(1007);
  });

  it('is not read on', async () => {
    const connection = await join();
    socket.answers = false;
    socket.receive('{');
    socket.receive(media([1]));
    expect(connection.audio).toEqual([]);
  });

  it('takes payloads without padding, and empty ones', async () => {
    const connection = await join();
    socket.receive({ event: 'media', media: { payload: '/////w' } });
    socket.receive({ event: 'media', media: { payload: '' } });
    expect(connection.audio.map(({ numberOfFrames }) => numberOfFrames)).toEqual([4]);
  });
});

describe('the life of a socket', () => {
  it('ends without start after 10 s, and takes no place', async () => {
    connect();
    socket.receive({ event: 'ping' });
    await vi.advanceTimersByTimeAsync(9990);
    expect(socket.goodbye).toBeNull();
    await vi.advanceTimersByTimeAsync(10);
    expectRejected(1008);
    expect(port.requests).toEqual([]);
  });

  it('ends with its connection', async () => {
    const connection = await join();
    await connection.close('time-limit');
    expect(socket.goodbye).toEqual({ code: 1000, reason: 'time-limit' });
  });

  it('says 1001 when the server stops', async () => {
    const accepted = acceptWebSocket(port, socket, { headers: {} });
    socket.receive(start);
    await vi.advanceTimersByTimeAsync(0);
    await accepted.close();
    expect(socket.goodbye?.code).toBe(1001);
    expect(port.connections[0]?.reason).toBe('server-closed');
  });

  it('ends the connection when the far end is gone', async () => {
    const connection = await join();
    socket.leave(1006);
    expect(connection.reason).toBe('peer-lost');
  });

  it('waits until the client has played what it was given', async () => {
    const connection = await join();
    for (let i = 0; i < 10; i++) connection.link.playAudio(tone(24_000).at(i * 20_000));
    let played = false;
    void connection.link.audioPlayed?.().then(() => (played = true));
    await vi.advanceTimersByTimeAsync(195);
    expect(played).toBe(false);
    await vi.advanceTimersByTimeAsync(10);
    expect(played).toBe(true);
  });
});
