import { describe, expect, it, vi } from 'vitest';

// the page's modules are plain JavaScript of the browser; these need no document
interface StallWatch {
  look(framesDecoded: number, now: number): void;
  restart(): void;
  readonly stalled: boolean;
  readonly hopeless: boolean;
}
interface Statistics {
  framesDecoded: number;
  framerate: number | null;
  bitrate: number | null;
  latencyMs: number | null;
  width: number | null;
}
interface Modules {
  Backoff: new () => { next(): number; reset(): void };
  StallWatch: new () => StallWatch;
  StatisticsReader: new () => { read(report: Map<string, object>): Statistics | null };
  faultFromResponse: (response: Response) => Promise<{
    message: string;
    code: string;
    permanent: boolean;
    retryAfterMs?: number;
  }>;
}

async function load<Name extends keyof Modules>(file: string, name: Name): Promise<Modules[Name]> {
  const url = new URL(`../../../static/js/player/${file}.js`, import.meta.url);
  return ((await import(url.href)) as Modules)[name];
}

const { Backoff, StallWatch, StatisticsReader, faultFromResponse }: Modules = {
  Backoff: await load('backoff', 'Backoff'),
  StallWatch: await load('stall-watch', 'StallWatch'),
  StatisticsReader: await load('statistics', 'StatisticsReader'),
  faultFromResponse: await load('fault', 'faultFromResponse'),
};

describe('Backoff', () => {
  it('doubles from half a second to 15 s, and starts anew after reset', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const backoff = new Backoff();
    const waits = Array.from({ length: 8 }, () => backoff.next());
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    backoff.reset();
    expect(backoff.next()).toBe(500);
    vi.restoreAllMocks();
  });
});

describe('StallWatch', () => {
  /** Looks each second; `frames` per look. */
  function watch(...looks: number[]): StallWatch {
    const stallWatch = new StallWatch();
    looks.forEach((frames, index) => stallWatch.look(frames, (index + 1) * 1000));
    return stallWatch;
  }
  const still = (seconds: number): number[] => new Array<number>(seconds).fill(90);

  it('notices after 5 s without a picture, gives up after 10', () => {
    expect(watch(30, 60, 90, ...still(5))).toMatchObject({ stalled: false });
    expect(watch(30, 60, 90, ...still(6))).toMatchObject({ stalled: true, hopeless: false });
    expect(watch(30, 60, 90, ...still(11))).toMatchObject({ stalled: true, hopeless: true });
  });

  it('calms down with the next picture', () => {
    expect(watch(30, 60, 90, ...still(7), 91)).toMatchObject({ stalled: false });
  });

  it('waits longer for a source that is slow by nature', () => {
    const slow = [1, 1, 1, 1, 2, 2, 2, 2, 3];
    expect(watch(...slow, ...new Array<number>(10).fill(3))).toMatchObject({ stalled: false });
    expect(watch(...slow, ...new Array<number>(14).fill(3))).toMatchObject({ stalled: true });
  });

  it('does not blame the stream for a tab that was asleep', () => {
    const stallWatch = watch(30, 60, 90);
    stallWatch.look(90, 600_000);
    expect(stallWatch.stalled).toBe(false);
  });
});

describe('StatisticsReader', () => {
  const report = (timestamp: number, frames: number, more: object = {}): Map<string, object> =>
    new Map<string, object>([
      [
        'in',
        {
          type: 'inbound-rtp',
          kind: 'video',
          timestamp,
          framesDecoded: frames,
          bytesReceived: frames * 5000,
          jitterBufferDelay: frames * 0.02,
          jitterBufferEmittedCount: frames,
          totalDecodeTime: frames * 0.003,
          frameWidth: 1280,
          frameHeight: 720,
          ...more,
        },
      ],
      [
        'pair',
        { type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: 0.01 },
      ],
    ]);

  it('makes rates of two readings', () => {
    const reader = new StatisticsReader();
    expect(reader.read(report(0, 10))).toMatchObject({ framerate: null, width: 1280 });
    const second = reader.read(report(2000, 70));
    expect(second).toMatchObject({ framesDecoded: 70, framerate: 30, bitrate: 1_200_000 });
    expect(second?.latencyMs).toBeCloseTo(5 + 20 + 3);
  });

  it('knows nothing without video', () => {
    expect(new StatisticsReader().read(new Map())).toBeNull();
  });
});

describe('faultFromResponse', () => {
  const answer = (status: number, body: unknown, headers = {}): Response =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

  it.each([
    [503, 'too-many-viewers', false],
    [503, 'server-closing', false],
    [500, 'internal-error', false],
    [406, 'no-common-codec', true],
    [400, 'no-video', true],
    [404, 'not-found', true],
    [401, 'unauthorized', true],
  ])('%i %s is a sentence; permanent: %o', async (status, code, permanent) => {
    const fault = await faultFromResponse(answer(status, { error: { code, message: 'why' } }));
    expect(fault).toMatchObject({ code, permanent });
    expect(fault.message).toMatch(/^[A-Z].*\.$/);
  });

  it('obeys Retry-After', async () => {
    const body = { error: { code: 'too-many-viewers', message: '' } };
    expect(await faultFromResponse(answer(503, body, { 'Retry-After': '7' }))).toMatchObject({
      retryAfterMs: 7000,
    });
  });

  it('understands a proxy that answers in HTML', async () => {
    expect(await faultFromResponse(answer(502, '<h1>Bad Gateway</h1>'))).toMatchObject({
      code: 'http-502',
      permanent: false,
    });
  });
});
