import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EventReader, join, leave, post, serveStream, tell } from '../support/stream-server.js';

describe('GET /outputs', () => {
  it('gives every reader every output, to the end of the connection', async () => {
    const { stream, url, host } = await serveStream();
    const socket = await join(host, 'me');
    const address = `${url}/outputs?webrtc_id=me`;
    tell(socket, ['before']);
    const [one, two] = [await EventReader.open(address), await EventReader.open(address)];
    expect(one.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    tell(socket, [{ deep: ['<ä\n\n>'] }]);
    tell(socket, [1, 2]);
    tell(socket, []);
    for (const reader of [one, two]) {
      await expect
        .poll(() => reader.events)
        .toEqual([
          { id: '1', event: 'output', data: 'before' },
          { id: '2', event: 'output', data: { deep: ['<ä\n\n>'] } },
          { id: '3', event: 'output', data: [1, 2] },
          { id: '4', event: 'output', data: [] },
        ]);
    }
    await leave(socket, stream);
    await Promise.all([one.ended, two.ended]);
    // what an EventSource does next
    const late = await EventReader.open(address, { 'last-event-id': '3' });
    await late.ended;
    expect(late.events).toEqual([{ id: '4', event: 'output', data: [] }]);
    expect((await EventReader.open(address, { 'last-event-id': '4' })).status).toBe(204);
  });

  it('goes on behind Last-Event-ID', async () => {
    const { url, host } = await serveStream();
    const socket = await join(host, 'me');
    for (let i = 1; i <= 5; i += 1) tell(socket, [i]);
    const address = `${url}/outputs?webrtc_id=me`;
    const first = await EventReader.open(address);
    await expect.poll(() => first.data).toEqual([1, 2, 3, 4, 5]);
    for (const [header, data] of [
      ['3', [4, 5]],
      ['junk', [1, 2, 3, 4, 5]],
      ['-1', [1, 2, 3, 4, 5]],
      ['99', [1, 2, 3, 4, 5]],
    ] as const) {
      const reader = await EventReader.open(address, { 'last-event-id': header });
      await expect.poll(() => reader.data).toEqual(data);
      reader.close();
    }
  });

  it('refuses ids that nobody has, after a moment in which they may come', async () => {
    const { url, host } = await serveStream();
    expect((await fetch(`${url}/outputs`)).status).toBe(422);
    const nobody = await fetch(`${url}/outputs?webrtc_id=nobody`);
    expect(nobody.status).toBe(404);
    expect(await nobody.json()).toEqual({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
    const early = EventReader.open(`${url}/outputs?webrtc_id=soon`);
    const socket = await join(host, 'soon');
    tell(socket, ['hello']);
    const reader = await early;
    await expect.poll(() => reader.data).toEqual(['hello']);
    const head = await fetch(`${url}/outputs?webrtc_id=soon`, { method: 'HEAD' });
    expect(head.headers.get('content-type')).toMatch(/^text\/event-stream/);
  });

  it('costs nothing for a reader that does not read, who finds the newest later', async () => {
    const { stream, host } = await serveStream();
    const socket = await join(host, 'me');
    const [, port] = host.split(':');
    const reader = connect(Number(port), '127.0.0.1');
    onTestFinished(() => void reader.destroy());
    reader.write(`GET /outputs?webrtc_id=me HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await new Promise((resolve) => reader.once('readable', resolve));
    const padding = 'x'.repeat(10_000);
    const count = 3000;
    for (let i = 1; i <= count; i += 1) tell(socket, [i, padding]);
    await expect.poll(() => stream.connections[0]?.stats.outputs, { timeout: 15_000 }).toBe(count);
    // 30 MB were given; 10 MB are kept, and what the sockets hold
    let text = '';
    const ids = (): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    reader.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    await expect.poll(() => ids().at(-1), { timeout: 15_000 }).toBe(count);
    expect(ids().length).toBeLessThan(count);
    expect(ids().slice(-1000)).toEqual(Array.from({ length: 1000 }, (_, i) => count - 999 + i));
  });

  it('ends when the stream is closed, also for a reader that does not read', async () => {
    const { stream, url, host } = await serveStream();
    const socket = await join(host, 'me');
    tell(socket, ['x']);
    const reader = await EventReader.open(`${url}/outputs?webrtc_id=me`);
    await expect.poll(() => reader.data).toEqual(['x']);
    await stream.close();
    await reader.ended;
    expect((await fetch(`${url}/outputs?webrtc_id=me`)).status).toBe(503);
    expect(
      (await post(`${url}/webrtc/offer`, { webrtc_id: 'a', type: 'offer', sdp: 'v=0' })).body,
    ).toMatchObject({ status: 'failed' });
  });
});
