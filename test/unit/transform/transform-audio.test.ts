import { afterEach, describe, expect, it, vi } from 'vitest';
import { AudioData } from '../../../src/media/audio-data.js';
import type { AudioTransform, FrameTransform } from '../../../src/media/contracts.js';
import { createTransformChain } from '../../../src/transform/transform-chain.js';
import type { TransformChain } from '../../../src/transform/transform-chain.js';
import { contextOf, frameOf, info, recordingLogger } from '../../support/transform-frames.js';

afterEach(() => {
  vi.useRealTimers();
});

type AudioAnswer = (audio: AudioData) => unknown;

/** A transform that leaves pictures alone. */
function withAudio(answer: AudioAnswer): FrameTransform {
  return {
    transform: (frame) => frame,
    transformAudio: (audio) => answer(audio) as AudioData,
  };
}

function piece(timestamp: number = 7000): AudioData {
  return AudioData.from(new Int16Array([1, 2, 3, 4]), { sampleRate: 48_000, timestamp });
}

async function chainOf(...answers: AudioAnswer[]): Promise<TransformChain> {
  const chain = await createTransformChain(answers.map(withAudio));
  await chain.start(info);
  return chain;
}

describe('transformAudio', () => {
  it('is passed by by sound when there is none', async () => {
    await using chain = await createTransformChain([(frame) => frame]);
    await chain.start(info);
    expect(chain.takesAudio).toBe(false);
    const audio = piece();
    expect(await chain.applyAudio(audio, contextOf())).toBe(audio);
    expect(chain.stats.transforms[0]).not.toHaveProperty('audio');
  });

  it('edits sound one transform after another, and keeps its time', async () => {
    await using chain = await chainOf(
      (audio) =>
        AudioData.from(
          audio.toInt16().map((value) => value * 2),
          { sampleRate: 48_000 },
        ),
      (audio) =>
        AudioData.from(
          audio.toInt16().map((value) => value + 1),
          { sampleRate: 24_000 },
        ),
    );
    expect(chain.takesAudio).toBe(true);
    const result = await chain.applyAudio(piece(), contextOf());
    expect([...(result?.toInt16() ?? [])]).toEqual([3, 5, 7, 9]);
    expect(result).toMatchObject({ timestamp: 7000, sampleRate: 24_000 });
    expect(chain.stats.transforms[1]?.audio).toMatchObject({ pieces: 1, dropped: 0, errors: 0 });
  });

  it('closes what is not returned, and lets sound be dropped', async () => {
    let given: AudioData | undefined;
    await using chain = await chainOf((audio) => {
      given = audio;
      return null;
    });
    expect(await chain.applyAudio(piece(), contextOf())).toBeNull();
    expect(given?.closed).toBe(true);
    expect(chain.stats.transforms[0]?.audio?.dropped).toBe(1);
  });

  it('is told the stream, and can send', async () => {
    const context = contextOf();
    let told: unknown;
    const transform: FrameTransform = {
      transform: (frame) => frame,
      transformAudio: (audio, given) => {
        told = given.info;
        return audio;
      },
    };
    await using chain = await createTransformChain([transform]);
    await chain.start(info);
    await chain.applyAudio(piece(), context);
    expect(told).toBe(context.info);
  });

  it.each([
    ['pass', [1, 2, 3, 4]],
    ['drop', null],
  ] as const)('that fails: %s', async (onError, expected) => {
    const logger = recordingLogger();
    const failing = withAudio(() => {
      throw new Error('no ears');
    });
    await using chain = await createTransformChain([failing], { logger, onError });
    await chain.start(info);
    const result = await chain.applyAudio(piece(), contextOf());
    expect(result && [...result.toInt16()]).toEqual(expected);
    expect(chain.stats.errors).toBe(1);
    expect(chain.stats.transforms[0]).toMatchObject({ errors: 0, audio: { errors: 1 } });
    expect(logger.lines).toEqual(['error: transform transforms[0] failed: no ears']);
  });

  it.each([
    [undefined, 'undefined (is a return missing?)'],
    [new Int16Array(4), 'got a Int16Array'],
  ])('that answers %s is told so', async (answer, message) => {
    const logger = recordingLogger();
    await using chain = await createTransformChain([withAudio(() => answer)], { logger });
    await chain.start(info);
    expect(await chain.applyAudio(piece(), contextOf())).not.toBeNull();
    expect(logger.lines[0]).toContain(message);
  });

  it('that hangs is left out after 2 s, and pictures go on', async () => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    let answer: (audio: AudioData) => void = () => undefined;
    const hanging = withAudio(() => new Promise((resolve) => (answer = resolve)));
    await using chain = await createTransformChain([hanging], { logger });
    await chain.start(info);
    const first = chain.applyAudio(piece(), contextOf());
    using frame = frameOf();
    expect(await chain.apply(frame, contextOf())).toBe(frame);
    await vi.advanceTimersByTimeAsync(2000);
    expect((await first)?.timestamp).toBe(7000);
    expect((await chain.applyAudio(piece(8000), contextOf()))?.timestamp).toBe(8000);
    expect(logger.lines).toEqual([
      'error: transform transforms[0] failed: transformAudio() has not answered',
    ]);
    answer(piece());
    await vi.advanceTimersByTimeAsync(0);
    expect(logger.lines[1]).toContain('answered after 2.0 s');
  });

  it('is given up when the chain is closed', async () => {
    vi.useFakeTimers();
    const chain = await chainOf(() => new Promise(() => undefined));
    const waiting = chain.applyAudio(piece(), contextOf());
    await vi.advanceTimersByTimeAsync(0);
    const closed = chain.close();
    await vi.advanceTimersByTimeAsync(1000);
    await closed;
    expect(await waiting).toBeNull();
    expect(await chain.applyAudio(piece(), contextOf())).toBeNull();
  });

  it.each([
    ['pass', [1, 2, 3, 4]],
    ['drop', null],
  ] as const)('is not asked before the stream is known: %s', async (onError, expected) => {
    let asked = 0;
    const counting = withAudio((audio) => {
      asked += 1;
      return audio;
    });
    await using chain = await createTransformChain([counting], { onError });
    const result = await chain.applyAudio(piece(), null);
    expect(result && [...result.toInt16()]).toEqual(expected);
    expect(asked).toBe(0);
  });

  it('waits with the pictures for one start', async () => {
    let starts = 0;
    let started: () => void = () => undefined;
    const transform: FrameTransform = {
      ...withAudio((audio) => audio),
      start: () => {
        starts += 1;
        return new Promise((resolve) => (started = resolve));
      },
    };
    await using chain = await createTransformChain([transform]);
    const starting = chain.start(info);
    const sound = chain.applyAudio(piece(), contextOf());
    const picture = chain.apply(frameOf(), contextOf());
    await vi.waitFor(() => expect(starts).toBe(1));
    started();
    await starting;
    (await picture)?.close();
    expect((await sound)?.timestamp).toBe(7000);
    expect(starts).toBe(1);
    expect(chain.stats.transforms[0]).toMatchObject({ frames: 1, errors: 0, audio: { pieces: 1 } });
  });
});

class Louder implements AudioTransform {
  transformAudio(audio: AudioData): AudioData {
    const samples = audio.toInt16().map((value) => value * 2);
    return AudioData.from(samples, { sampleRate: audio.sampleRate });
  }
}

describe('a transform of sound alone', () => {
  it.each([
    ['an object', { transformAudio: new Louder().transformAudio.bind(null) }],
    ['an instance', new Louder()],
    ['a class', Louder],
  ])('may be %s; pictures do not pass it', async (_what, transform) => {
    await using chain = await createTransformChain([transform]);
    await chain.start(info);
    expect([chain.touchesPixels, chain.takesAudio]).toEqual([false, true]);
    using frame = frameOf();
    expect(await chain.apply(frame, contextOf())).toBe(frame);
    const sound = await chain.applyAudio(piece(), contextOf());
    expect([...(sound?.toInt16() ?? [])]).toEqual([2, 4, 6, 8]);
    expect(chain.stats.transforms[0]).toMatchObject({ frames: 0, audio: { pieces: 1 } });
  });

  it('stands in a chain with others', async () => {
    await using chain = await createTransformChain([Louder, (frame) => frame, new Louder()]);
    await chain.start(info);
    expect(chain.touchesPixels).toBe(true);
    using frame = frameOf();
    expect(await chain.apply(frame, contextOf())).toBe(frame);
    const sound = await chain.applyAudio(piece(), contextOf());
    expect([...(sound?.toInt16() ?? [])]).toEqual([4, 8, 12, 16]);
    expect(chain.stats.transforms.map(({ frames }) => frames)).toEqual([0, 1, 0]);
  });

  it('is told of the stream, stopped at the end, and started again by sound when that has failed', async () => {
    vi.useFakeTimers();
    const calls: string[] = [];
    const transform: AudioTransform = {
      start: ({ name }) => {
        calls.push(`start ${name}`);
        if (calls.length === 1) throw new Error('not yet');
      },
      transformAudio: (audio) => {
        calls.push('sound');
        return audio;
      },
      stop: () => void calls.push('stop'),
    };
    const logger = recordingLogger();
    const chain = await createTransformChain([transform], { logger });
    await chain.start(info);
    await chain.applyAudio(piece(), contextOf());
    expect(calls).toEqual(['start test']);
    await vi.advanceTimersByTimeAsync(1000);
    await chain.applyAudio(piece(), contextOf());
    await chain.close();
    expect(calls).toEqual(['start test', 'start test', 'sound', 'stop']);
    expect(logger.lines).toEqual(['error: transform transforms[0] failed: not yet']);
  });
});
