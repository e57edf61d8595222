import { afterEach, describe, expect, it, vi } from 'vitest';
import { SourceError } from '../../../src/errors.js';
import { silentLogger } from '../../../src/logger.js';
import { SourceSupervisor } from '../../../src/pipeline/source-supervisor.js';
import type { StreamStatus } from '../../../src/pipeline/status.js';
import { FakeSource } from '../../support/fake-source.js';
import type { FakeSourceScript } from '../../support/fake-source.js';

const refused = new SourceError('camera refused the connection', {
  code: 'connection-refused',
  retryable: true,
});

describe('SourceSupervisor', () => {
  const running: SourceSupervisor[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((supervisor) => supervisor.close()));
  });

  function supervise(
    script: FakeSourceScript,
    infiniteFrames = false,
  ): {
    source: FakeSource;
    supervisor: SourceSupervisor;
    states: StreamStatus[];
    frames: number[];
  } {
    const source = new FakeSource(script);
    const states: StreamStatus[] = [];
    const frames: number[] = [];
    const supervisor = new SourceSupervisor(
      { factory: source, infiniteFrames, startDelayMs: 0, logger: silentLogger },
      {
        opened: () => Promise.resolve(),
        audience: () => Promise.resolve(),
        changed: () => undefined,
        chunk: () => undefined,
        late: () => undefined,
        audio: () => undefined,
        frame: (frame) => {
          frames.push(frame.timestamp);
          frame.close();
        },
        status: (status) => {
          if (states.at(-1)?.state !== status.state) states.push(status);
        },
      },
    );
    running.push(supervisor);
    supervisor.resume();
    return { source, supervisor, states, frames };
  }

  const names = (states: StreamStatus[]): string[] => states.map(({ state }) => state);

  it('delivers frames with growing times and says when the source has ended', async () => {
    const { source, states, frames } = supervise({ lives: [['frame', 'frame', 'frame']] });
    await vi.waitFor(() => expect(names(states)).toEqual(['connecting', 'live', 'ended']));
    expect(frames).toHaveLength(3);
    expect(frames).toEqual([...frames].sort((a, b) => a - b));
    expect(source.counts).toMatchObject({ created: 1, started: 1, stopped: 1 });
  });

  it('reopens a source that cannot be opened, with the reason', async () => {
    const { source, states } = supervise({ lives: [refused, refused, []], endless: true });
    await vi.waitFor(() => expect(states.at(-1)?.state).toBe('live'), 5000);
    expect(names(states)).toEqual(['connecting', 'reconnecting', 'live']);
    expect(states[1]?.reason).toBe('camera refused the connection');
    expect(source.counts).toMatchObject({ created: 3, stopped: 2 });
  });

  it('reopens a live source that stops or breaks', async () => {
    const info = { live: true, pacing: 'arrival' } as const;
    const { source, states } = supervise({
      lives: [
        ['frame', 'end'],
        ['frame', refused],
      ],
      info,
    });
    await vi.waitFor(() => expect(source.counts.created).toBeGreaterThanOrEqual(3), 5000);
    expect(names(states).slice(0, 4)).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  });

  it('waits for an ended file to return when frames are infinite', async () => {
    let back = false;
    const script = { lives: [['frame'], ['frame', 'hang']], changed: () => back } as const;
    const { states } = supervise(script as unknown as FakeSourceScript, true);
    await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ noInput: true }));
    back = true;
    await vi.waitFor(() => expect(states.at(-1)?.state).toBe('live'), 3000);
  });

  it('reads a user source on after a failure, and after its end when frames are infinite', async () => {
    const { source, states, frames } = supervise(
      { lives: [['frame', new Error('oops'), 'frame', 'end', 'frame', 'hang']], reopenable: false },
      true,
    );
    await vi.waitFor(() => expect(frames).toHaveLength(3), 5000);
    expect(names(states)).toEqual([
      'connecting',
      'live',
      'reconnecting',
      'live',
      'reconnecting',
      'live',
    ]);
    expect(source.counts).toMatchObject({ created: 1, started: 1, stopped: 0 });
  });

  it('gives up on a user source that says it cannot go on', async () => {
    const error = new SourceError('read: expected a frame', { code: 'source-failed' });
    const { states } = supervise({ lives: [['frame', error]], reopenable: false });
    await vi.waitFor(() => expect(states.at(-1)?.state).toBe('failed'));
    expect(states.at(-1)?.reason).toBe('read: expected a frame');
  });

  it('stops a source that hangs, and opens it again later', async () => {
    const { source, supervisor, frames } = supervise({ lives: [['frame', 'hang']] });
    await vi.waitFor(() => expect(frames).toHaveLength(1));
    await supervisor.suspend();
    expect(source.counts).toMatchObject({ created: 1, stopped: 1 });
    supervisor.resume();
    await vi.waitFor(() => expect(frames).toHaveLength(2));
    expect(source.counts.created).toBe(2);
  });

  it('pauses a user source without losing the read it waits for', async () => {
    const { source, supervisor, frames } = supervise({
      lives: [[]],
      endless: true,
      reopenable: false,
    });
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(2));
    await supervisor.suspend();
    const read = source.counts.read;
    const seen = frames.length;
    supervisor.resume();
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(seen));
    expect(source.counts.created).toBe(1);
    expect(source.counts.stopped).toBe(0);
    expect(source.counts.read).toBeGreaterThan(read);
  });

  it('closes twice, stops the source once, and does not start again', async () => {
    const { source, supervisor } = supervise({ lives: [[]], endless: true });
    await vi.waitFor(() => expect(source.counts.started).toBe(1));
    await supervisor.close();
    await supervisor.close();
    supervisor.resume();
    expect(source.counts).toMatchObject({ created: 1, stopped: 1 });
  });
});
