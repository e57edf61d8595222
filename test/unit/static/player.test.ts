import { describe, expect, it, vi } from 'vitest';

// the page's modules are plain JavaScript of the browser; these need no document
interface Progress {
  framesDecoded: number;
  videoBytes: number;
  lifeSigns: number | null;
}
interface StallWatch {
  look(progress: Progress, now: number): void;
  restart(): void;
  expectNothing(): void;
  readonly silent: boolean;
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
  lifeSigns: (report: Map<string, object>) => number | null;
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

const { Backoff, StallWatch, StatisticsReader, lifeSigns, faultFromResponse }: Modules = {
  Backoff: await load('backoff', 'Backoff'),
  StallWatch: await load('stall-watch', 'StallWatch'),
  StatisticsReader: await load('statistics', 'StatisticsReader'),
  lifeSigns: await load('statistics', 'lifeSigns'),
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
  /** Looks each second; `frames` per look. The server answers checks all the while. */
  function watch(...looks: number[]): StallWatch {
    const stallWatch = new StallWatch();
    looks.forEach((framesDecoded, index) => {
      const progress = { framesDecoded, videoBytes: framesDecoded, lifeSigns: index };
      stallWatch.look(progress, (index + 1) * 1000);
    });
    return stallWatch;
  }
  const flowing = [10, 30, 50, 70, 90];
  const still = (seconds: number): number[] => new Array<number>(seconds).fill(90);

  it('notices a source that stops after 3 looks without a picture, gives up after 6', () => {
    expect(watch(...flowing, ...still(2))).toMatchObject({ stalled: false });
    expect(watch(...flowing, ...still(3))).toMatchObject({ stalled: true, hopeless: false });
    expect(watch(...flowing, ...still(6))).toMatchObject({ hopeless: true, silent: false });
  });

  it('calms down with the next picture', () => {
    expect(watch(...flowing, ...still(5), 91)).toMatchObject({ stalled: false });
  });

  it('waits longer for a source that is slow by nature', () => {
    const slow = [1, 2, 3, 4, 5].flatMap((frames) => [frames, frames, frames, frames]);
    expect(watch(...slow, ...new Array<number>(9).fill(5)).stalled).toBe(false);
    expect(watch(...slow, ...new Array<number>(10).fill(5)).stalled).toBe(true);
  });

  it('raises no alarm for one picture every 15 s', () => {
    const stallWatch = new StallWatch();
    for (let second = 1; second <= 120; second += 1) {
      const framesDecoded = 1 + Math.floor(second / 15);
      const progress = { framesDecoded, videoBytes: framesDecoded * 9000, lifeSigns: second };
      stallWatch.look(progress, second * 1000);
      expect(stallWatch).toMatchObject({ silent: false, stalled: false, hopeless: false });
    }
  });

  it('notices within seconds that nothing at all arrives, however slow the source', () => {
    const stallWatch = new StallWatch();
    const look = (second: number): void =>
      stallWatch.look({ framesDecoded: 1, videoBytes: 9000, lifeSigns: 5 }, second * 1000);
    for (let second = 1; second <= 4; second += 1) look(second);
    expect(stallWatch.silent).toBe(false);
    look(5);
    expect(stallWatch).toMatchObject({ silent: true, hopeless: false });
    stallWatch.expectNothing();
    expect(stallWatch.silent).toBe(true);
    look(6);
    look(7);
    look(8);
    expect(stallWatch.hopeless).toBe(true);
    stallWatch.look({ framesDecoded: 1, videoBytes: 9000, lifeSigns: 6 }, 9000);
    expect(stallWatch).toMatchObject({ silent: false, hopeless: false });
  });

  it('notices that no picture comes of what arrives', () => {
    const stallWatch = new StallWatch();
    for (let second = 1; second <= 5; second += 1) {
      const progress = { framesDecoded: 0, videoBytes: second * 9000, lifeSigns: second };
      stallWatch.look(progress, second * 1000);
    }
    expect(stallWatch).toMatchObject({ stalled: true, silent: false });
    stallWatch.expectNothing();
    expect(stallWatch.stalled).toBe(false);
  });

  it('calls nothing silent in a browser that does not count', () => {
    const stallWatch = new StallWatch();
    for (let second = 1; second <= 20; second += 1) {
      stallWatch.look({ framesDecoded: 1, videoBytes: 9000, lifeSigns: null }, second * 1000);
    }
    expect(stallWatch.silent).toBe(false);
  });

  it('does not blame the stream for a tab that was asleep', () => {
    const stallWatch = watch(...flowing);
    stallWatch.look({ framesDecoded: 90, videoBytes: 90, lifeSigns: 99 }, 600_000);
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

  it('counts what arrives by any way, that of a lost pair too', () => {
    const pair = (counts: object): object => ({ type: 'candidate-pair', ...counts });
    expect(
      lifeSigns(
        new Map([
          ['a', pair({ state: 'in-progress', bytesReceived: 500, responsesReceived: 3 })],
          ['b', pair({ state: 'succeeded', requestsReceived: 2 })],
          ['c', { type: 'transport', bytesReceived: 9 }],
        ]),
      ),
    ).toBe(505);
    expect(lifeSigns(new Map([['a', pair({})]]))).toBeNull();
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
