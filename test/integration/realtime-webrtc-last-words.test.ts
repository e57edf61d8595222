import { describe, expect, it, vi } from 'vitest';
import { CloseStream } from '../../src/realtime/handlers/outputs.js';
import { StreamHandler } from '../../src/realtime/handlers/stream-handler.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { openDesk } from '../support/realtime-desk.js';

const audio = { audio: 'sendrecv' } as const;

/** Ends in the way that is asked for, as early as it can. */
class ShortHandler extends StreamHandler {
  readonly #how: string;

  constructor(how: string) {
    super();
    this.#how = how;
  }

  copy(): ShortHandler {
    return new ShortHandler(this.#how);
  }

  override startUp(): void {
    if (this.#how === 'startUp') throw new Error('no key');
  }

  receive(): void {}

  emit(): CloseStream | null {
    if (this.#how === 'emit') throw new Error('no key');
    return this.#how === 'CloseStream' ? new CloseStream('no more') : null;
  }

  override onMessage(): void {
    this.sendMessage({ type: 'last' });
    throw new Error('enough');
  }
}

describe('what is said last', () => {
  it.each([
    ['startUp', { type: 'error', data: expect.stringContaining('no key') as string }],
    ['emit', { type: 'error', data: expect.stringContaining('no key') as string }],
    ['CloseStream', { type: 'end_stream', data: 'no more' }],
  ])('is heard when %s ends it before the channel is open', async (how, expected) => {
    await using stream = openDesk({
      handler: new ShortHandler(how),
      modality: 'audio',
      onError: 'close',
    });
    await using client = await RealtimeClient.connect(stream.post, audio);
    // The place is free at once.
    await vi.waitFor(() => expect(stream.core.connectionsCount).toBe(0));
    await client.waitFor(() => client.ended, 'the goodbye');
    expect(client.events).toContainEqual(expect.objectContaining(expected));
  });

  it('is heard when it is said right before the end', async () => {
    await using stream = openDesk({
      handler: new ShortHandler('message'),
      modality: 'audio',
      onError: 'close',
    });
    await using client = await RealtimeClient.connect(stream.post, audio);
    await client.waitFor(() => client.channelOpen, 'the channel');
    client.send('x');
    await client.waitFor(() => client.ended, 'the goodbye');
    expect(client.events.map(({ type }) => type).slice(-2)).toEqual(['last', 'error']);
  });
});
