import { EventEmitter, getEventListeners } from 'node:events';
import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import { OpenReaders } from '../../../../src/http/realtime/open-readers.js';

function response(destroyed = false): Response {
  return Object.assign(new EventEmitter(), { destroyed }) as unknown as Response;
}

describe('OpenReaders', () => {
  it('ends all when the stream closes, with one listener for any number', () => {
    const closing = new AbortController();
    const readers = new OpenReaders(closing.signal);
    const signals = Array.from({ length: 50 }, () => readers.add(response()));
    expect(getEventListeners(closing.signal, 'abort')).toHaveLength(1);
    expect(signals.some(({ aborted }) => aborted)).toBe(false);
    closing.abort();
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(readers.add(response()).aborted).toBe(true);
  });

  it('ends one, and forgets it, when its client has gone', () => {
    const readers = new OpenReaders(new AbortController().signal);
    const [gone, stays] = [response(), response()];
    const signals = [readers.add(gone), readers.add(stays)];
    gone.emit('close');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(readers.size).toBe(1);
    expect(readers.add(response(true)).aborted).toBe(true);
    expect(readers.size).toBe(1);
  });
});
