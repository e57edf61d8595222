import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { InvalidStateError } from '../../../../src/errors.js';
import { getCurrentContext } from '../../../../src/realtime/handlers/context.js';
import { CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import { ReplyOnPause } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import { VoiceFeed } from '../../../../src/realtime/turn-taking/voice-feed.js';
import { LogRecorder, scripted, sound, startOne } from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';
import { LoudnessVad } from '../../../support/turn-harness.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('handler code', () => {
  it('that blocks everybody is named once', async () => {
    const logger = new LogRecorder();
    const script: HandlerScript = {
      receive: () => {
        vi.setSystemTime(Date.now());
        vi.advanceTimersByTime(150);
      },
    };
    const { core, connection } = await startOne({ ...scripted(script), logger });
    connection.receiveAudio(sound(20));
    connection.receiveAudio(sound(20));
    const warnings = logger.texts('warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^ScriptedHandler\.receive blocked the event loop for 150 ms/);
    await core.close();
  });

  it('that blocks everybody after an await is named, and nobody else', async () => {
    vi.useRealTimers();
    const block = (): void => {
      const end = performance.now() + 130;
      while (performance.now() < end);
    };
    const [patientLog, blockingLog] = [new LogRecorder(), new LogRecorder()];
    const patient = await startOne({
      ...scripted({ receive: () => Promise.resolve() }),
      logger: patientLog,
    });
    const blocking = await startOne({
      ...scripted({ receive: () => Promise.resolve().then(block) }),
      logger: blockingLog,
    });
    onTestFinished(async () => {
      await Promise.all([patient.core.close(), blocking.core.close()]);
    });
    const hear = (): void => {
      for (const { connection } of [patient, blocking]) connection.receiveAudio(sound(20));
      expect(blockingLog.texts('warn')).toHaveLength(1);
    };
    await vi.waitFor(hear, { timeout: 5000, interval: 20 });
    const [warning] = blockingLog.texts('warn');
    expect(warning).toMatch(/^ScriptedHandler blocked the event loop for \d+ ms after an await/);
    expect(patientLog.texts('warn')).toEqual([]);
  });

  it('is not charged with what ours does in its place: to cut sound, make way for a model', async () => {
    const logger = new LogRecorder();
    // A pause of the garbage collector looks the same.
    const cut = vi.spyOn(VoiceFeed.prototype, 'cut').mockImplementation(() => {
      vi.advanceTimersByTime(150);
      return [];
    });
    const handler = new ReplyOnPause(() => null, { model: new LoudnessVad() });
    const { core, connection } = await startOne({ handler, modality: 'audio', logger });
    connection.receiveAudio(sound(20));
    expect(cut).toHaveBeenCalledOnce();
    expect(logger.texts('warn')).toEqual([]);
    cut.mockRestore();
    await core.close();
  });

  it('knows whom it works for, in every call and after every await', async () => {
    const seen: string[] = [];
    const note = (call: string): void => {
      const { webrtcId, transport, fields, headers } = getCurrentContext();
      seen.push([call, webrtcId, transport, fields.room, headers['user-agent']].join(' '));
    };
    const script: HandlerScript = {
      startUp: async () => {
        await Promise.resolve();
        note('startUp');
      },
      receive: () => note('receive'),
      emit: async () => {
        await Promise.resolve();
        note('emit');
        return new CloseStream();
      },
      onMessage: () => note('onMessage'),
      shutdown: async () => {
        await Promise.resolve();
        note('shutdown');
      },
    };
    const { connection } = await startOne(scripted(script));
    connection.receiveAudio(sound(20));
    connection.receiveMessage('x');
    await vi.advanceTimersByTimeAsync(1000);
    const calls = ['receive', 'onMessage', 'startUp', 'emit', 'shutdown'];
    expect(seen.sort()).toEqual(calls.map((call) => `${call} visitor webrtc 7 test`).sort());
    expect(() => getCurrentContext()).toThrow(InvalidStateError);
  });
});
