import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AudioData } from '../../../../src/media/audio-data.js';
import { ConnectionRefusedError } from '../../../../src/realtime/core/refused-error.js';
import { acceptTelephone } from '../../../../src/realtime/telephone/telephone-session.js';
import { FakeMessageSocket } from '../../../support/fake-message-socket.js';
import { FakeStreamPort } from '../../../support/fake-stream-port.js';
import type { FakeConnection } from '../../../support/fake-stream-port.js';

const streamSid = 'MZ18ad3ab5a668481ce02b83e7395059f0';
const connected = { event: 'connected', protocol: 'Call', version: '1.0.0' };
const start = {
  event: 'start',
  sequenceNumber: '1',
  start: {
    accountSid: 'AC1',
    streamSid,
    callSid: 'CA1',
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: { room: 'blue', callSid: 'mine' },
  },
  streamSid,
};

let port: FakeStreamPort;
let socket: FakeMessageSocket;

async function call(first: object = start): Promise<FakeConnection> {
  acceptTelephone(port, socket, { headers: {} });
  socket.receive(connected);
  socket.receive(first);
  await vi.advanceTimersByTimeAsync(0);
  return port.connections[0] as FakeConnection;
}

function speak(connection: FakeConnection, pieces: number): void {
  for (let i = 0; i < pieces; i++) {
    const samples = Int16Array.from({ length: 480 }, (_, n) => 8000 * Math.sin(n / 9));
    connection.link.playAudio(
      AudioData.from(samples, { sampleRate: 24_000, timestamp: i * 20_000 }),
    );
  }
}

function events(name: string): Record<string, unknown>[] {
  return socket.messages.filter(({ event }) => event === name);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  port = new FakeStreamPort();
  socket = new FakeMessageSocket();
});
afterEach(() => {
  socket.leave();
  if (vi.getTimerCount() > 0) throw new Error('timers are left');
  vi.useRealTimers();
});

describe('a call', () => {
  it('takes a place by its streamSid, with what the TwiML sent along', async () => {
    const connection = await call();
    expect(port.requests).toEqual([
      {
        id: streamSid,
        transport: 'telephone',
        headers: {},
        fields: { room: 'blue', callSid: 'CA1', accountSid: 'AC1' },
      },
    ]);
    expect(connection.starts).toBe(1);
    expect(connection.link.takesMessages).toBe(false);
  });

  it('finds the streamSid inside of start as well', async () => {
    await call({ event: 'start', start: { streamSid: 'MZ2' } });
    expect(port.requests[0]?.id).toBe('MZ2');
  });

  it('hears the caller at 8 kHz, and not its own voice', async () => {
    const connection = await call();
    const payload = Buffer.alloc(160, 0xff).toString('base64');
    socket.receive({ event: 'media', streamSid, media: { track: 'inbound', payload } });
    socket.receive({ event: 'media', streamSid, media: { payload } });
    socket.receive({ event: 'media', streamSid, media: { track: 'outbound', payload } });
    expect(connection.audio.map(({ sampleRate, numberOfFrames }) => [sampleRate, numberOfFrames]))
      .toEqual([[8000, 160], [8000, 160]]); // prettier-ignore
  });

  it('speaks mu-law at 8 kHz with the streamSid, and marks the end of a reply', async () => {
    const connection = await call();
    speak(connection, 10);
    expect(events('mark')).toEqual([]);
    // all of it is there before the telephone, which is 200 ms behind, has played the rest
    await vi.advanceTimersByTimeAsync(100);
    const spoken = events('media') as { streamSid: string; media: { payload: string } }[];
    expect(spoken.every((message) => message.streamSid === streamSid)).toBe(true);
    const bytes = spoken.map(({ media }) => Buffer.from(media.payload, 'base64').length);
    expect(bytes.reduce((sum, length) => sum + length)).toBe(1600);
    await vi.advanceTimersByTimeAsync(200);
    expect(events('media')).toHaveLength(spoken.length);
    expect(events('mark')).toEqual([{ event: 'mark', streamSid, mark: { name: 'framegear-1' } }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(events('mark')).toHaveLength(1);
  });

  it('is told to throw its sound away', async () => {
    const connection = await call();
    speak(connection, 5);
    connection.link.clearAudio();
    expect(socket.messages.at(-1)).toEqual({ event: 'clear', streamSid });
    await vi.advanceTimersByTimeAsync(500);
    expect(events('mark')).toEqual([]);
  });

  it('gets none of the messages', async () => {
    const connection = await call();
    connection.link.send('{"type":"log","data":"x"}');
    expect(socket.sent).toEqual([]);
  });

  it('hands on digits', async () => {
    const connection = await call();
    socket.receive({ event: 'dtmf', streamSid, dtmf: { track: 'inbound_track', digit: '5' } });
    expect(connection.received).toEqual(['{"type":"dtmf","digit":"5"}']);
  });

  it('ends at stop, and with its connection', async () => {
    const connection = await call();
    socket.receive({ event: 'stop', streamSid, stop: {} });
    expect(socket.goodbye?.code).toBe(1000);
    expect(connection.reason).toBe('peer-closed');
  });

  it('is hung up by us', async () => {
    const connection = await call();
    await connection.close('close-stream');
    expect(socket.goodbye?.code).toBe(1000);
  });
});

describe('the wait until all is played', () => {
  async function wait(connection: FakeConnection): Promise<() => boolean> {
    let played = false;
    void connection.link.audioPlayed?.().then(() => (played = true));
    await vi.advanceTimersByTimeAsync(0);
    return () => played;
  }

  it('ends when Twilio answers the mark', async () => {
    const connection = await call();
    speak(connection, 50);
    const played = await wait(connection);
    socket.receive({ event: 'mark', streamSid, mark: { name: 'somebody-else' } });
    await vi.advanceTimersByTimeAsync(900);
    expect(played()).toBe(false);
    socket.receive({ event: 'mark', streamSid, mark: { name: 'framegear-1' } });
    await vi.advanceTimersByTimeAsync(0);
    expect(played()).toBe(true);
  });

  it('ends some time after the sound when no mark comes', async () => {
    const connection = await call();
    speak(connection, 50);
    const played = await wait(connection);
    await vi.advanceTimersByTimeAsync(2900);
    expect(played()).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(played()).toBe(true);
  });

  it('is none when nothing was said', async () => {
    const played = await wait(await call());
    expect(played()).toBe(true);
  });

  it('ends with the call', async () => {
    const connection = await call();
    speak(connection, 5);
    const played = await wait(connection);
    socket.leave(1006);
    await vi.advanceTimersByTimeAsync(0);
    expect(played()).toBe(true);
  });
});

describe('what goes wrong', () => {
  it('closes without a word when there is no place, so that the TwiML goes on', async () => {
    port.gate = Promise.reject(new ConnectionRefusedError('concurrency_limit_reached', '', 1));
    await call();
    expect(socket.sent).toEqual([]);
    expect(socket.goodbye?.code).toBe(1000);
  });

  it('takes no stream of pictures', async () => {
    port.modality = 'video';
    await call();
    expect(socket.goodbye?.code).toBe(1000);
    expect(port.requests).toEqual([]);
  });

  it.each([
    ['no JSON', 'x', 1007],
    ['bytes', Buffer.from([1]), 1003],
    ['start twice', start, 1008],
    ['media without payload', { event: 'media', media: {} }, 1007],
    ['a bad payload', { event: 'media', media: { payload: '*' } }, 1007],
    ['a key that is none', { event: 'dtmf', dtmf: { digit: 5 } }, 1007],
    ['a key without body', { event: 'dtmf' }, 1007],
  ])('closes at %s, without a word', async (_, data, code) => {
    const connection = await call();
    socket.receive(data);
    expect(socket.goodbye?.code).toBe(code);
    expect(socket.sent).toEqual([]);
    expect(connection.reason).toBe('protocol-error');
  });

  it.each([
    [{ event: 'mark' }],
    [{ event: 'mark', mark: { name: 5 } }],
    [{ event: 'media', media: { track: 'outbound' } }],
    [{ event: 'more' }],
  ])('passes over %j', async (message) => {
    await call();
    socket.receive(message);
    expect(socket.goodbye).toBeNull();
  });

  it('closes at a start without streamSid, and when none comes within 10 s', async () => {
    await call({ event: 'start', start: {} });
    expect(socket.goodbye?.code).toBe(1007);
    socket = new FakeMessageSocket();
    acceptTelephone(port, socket, { headers: {} });
    socket.receive(connected);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.goodbye?.code).toBe(1008);
    expect(port.requests).toEqual([]);
  });
});
