import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogRecorder } from '../../../support/realtime-core.js';
import {
  answerTurns as start,
  LoudnessVad,
  never,
  piece,
  settle,
  turn,
} from '../../../support/turn-harness.js';

describe('a voice activity detector that fails', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is told of once; its windows count as speech', async () => {
    const model = new LoudnessVad();
    const logger = new LogRecorder();
    const harness = start(() => piece(), { model, logger });
    model.fault = new Error('no model');
    await harness.hush(500);
    expect(harness.said).toEqual(['started_talking']);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]?.fields['err']).toBe(model.fault);
    model.fault = null;
    await harness.hush(800);
    expect(harness.said).toEqual(turn);
  });

  it('is a process warning without a logger, also when it cannot be loaded', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const model = new LoudnessVad();
    model.loadFault = new Error('no file');
    const harness = start(() => piece(), { model });
    await harness.hush(500);
    expect(harness.said).toEqual(['started_talking']);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('no file');
  });
});

describe('the end of a connection', () => {
  it('ends the reply, frees the detector, and answers what comes late with nothing', async () => {
    const model = new LoudnessVad();
    let returned = false;
    const harness = start(
      async function* () {
        try {
          yield piece();
          await settle();
          yield piece();
          await never();
        } finally {
          returned = true;
        }
      },
      { model },
    );
    await harness.say(100);
    harness.handler.triggerResponse();
    await vi.waitFor(() => expect(harness.outputs.length).toBeGreaterThan(0));
    await harness.end();
    await harness.end();
    expect(model.closed).toBe(1);
    await harness.say(500);
    harness.handler.triggerResponse();
    harness.handler.startTalking();
    harness.handler.stopTalking();
    expect(await harness.handler.emit()).toBeNull();
    expect(harness.said).toEqual(turn.slice(1));
    expect(harness.handler.talking).toBe(false);
    expect(returned || !harness.handler.replying).toBe(true);
  });

  it('is survived by a detector that is still being loaded', async () => {
    const model = new LoudnessVad();
    let loaded = (): void => undefined;
    model.load = () => new Promise<void>((resolve) => (loaded = resolve));
    const harness = start(() => piece(), { model });
    const receiving = harness.say(100);
    await harness.end();
    loaded();
    await receiving;
    expect(model.sessions).toBe(model.closed);
  });
});
