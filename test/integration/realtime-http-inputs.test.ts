import { describe, expect, it } from 'vitest';
import { EventReader, join, post, serveStream, tell } from '../support/stream-server.js';

describe('POST /input_hook', () => {
  it('makes its fields inputs, in their order', async () => {
    const { url, host } = await serveStream();
    const socket = await join(host, 'me');
    const reader = await EventReader.open(`${url}/outputs?webrtc_id=me`);
    const inputs = async (body: object): Promise<unknown> => {
      const answer = await post(`${url}/input_hook`, body);
      expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
      const { length } = reader.events;
      tell(socket, 'inputs');
      await expect.poll(() => reader.events.length).toBe(length + 1);
      return reader.data.at(-1);
    };
    expect(await inputs({ webrtc_id: 'me', threshold: 0.3 })).toBe(0.3);
    expect(await inputs({ b: [1], webrtc_id: 'me', a: { c: null } })).toEqual([[1], { c: null }]);
    expect(await inputs({ webrtc_id: 'me', inputs: [1, 'two', null] })).toEqual([1, 'two', null]);
    expect(await inputs({ webrtc_id: 'me', inputs: [1], more: 2 })).toEqual([[1], 2]);
    expect(await inputs({ webrtc_id: 'me', inputs: 'text' })).toBe('text');
    // a field like any other
    expect(await inputs({ ['__proto__']: { x: 1 }, webrtc_id: 'me' })).toEqual({ x: 1 });
  });

  it('says what is wrong', async () => {
    const { url, host } = await serveStream();
    await join(host, 'me');
    const hook = `${url}/input_hook`;
    expect(await post(hook, { webrtc_id: 'nobody', a: 1 })).toMatchObject({
      status: 200,
      body: { status: 'failed', meta: { error: 'unknown_connection' } },
    });
    const faults: [unknown, unknown][] = [
      [{ a: 1 }, { type: 'missing', loc: ['body', 'webrtc_id'] }],
      [{ webrtc_id: 5 }, { type: 'string_type', loc: ['body', 'webrtc_id'] }],
      [{ webrtc_id: 'me' }, { type: 'missing', loc: ['body', 'inputs'] }],
      [[1], { type: 'model_attributes_type' }],
      ['null', { type: 'missing', loc: ['body'] }],
      ['{', { type: 'json_invalid' }],
    ];
    for (const [body, fault] of faults) {
      expect(await post(hook, body)).toMatchObject({ status: 422, body: { detail: [fault] } });
    }
    expect(await post(hook, { webrtc_id: 'me', a: 'x'.repeat(5_000_000) })).toMatchObject({
      status: 413,
    });
  });

  it('lets /trigger_response begin a reply only of handlers that take turns', async () => {
    const { url, host } = await serveStream();
    await join(host, 'me');
    const trigger = async (id: string): Promise<unknown> =>
      (await post(`${url}/trigger_response`, { webrtc_id: id })).body;
    expect(await trigger('me')).toMatchObject({ meta: { error: 'not_a_reply_on_pause' } });
    expect(await trigger('you')).toMatchObject({ meta: { error: 'unknown_connection' } });
  });
});
