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
  width: number | null;
  fractionLost: number | null;
  roundTripMs: number | null;
  jitterBufferMs: number | null;
  decodeMs: number | null;
  processingMs: number | null;
  codec: string | null;
}
interface LatencyParts {
  captureMs: number | null;
  captureToSendMs: number | null;
  roundTripMs: number | null;
  playoutMs: number | null;
}
interface ServerTalk {
  readonly renditions: { ladder: object[]; current: string | null };
  readonly figures: object | null;
  readonly latency: { ms: number | null; whole: boolean };
  readonly quality: string;
  begin(send: (message: object) => boolean): void;
  end(): void;
  receive(message: object): boolean;
  watch(watched: boolean): void;
  choose(quality: string): void;
  look(statistics: Partial<Statistics> | null, now: number): void;
}
interface Modules {
  Backoff: new () => { next(): number; reset(): void };
  StallWatch: new () => StallWatch;
  StatisticsReader: new () => { read(report: Map<string, object>): Statistics | null };
  playoutOf: (statistics: Partial<Statistics> | null, playoutMs: number | null) => number | null;
  latencyOf: (parts: LatencyParts) => { ms: number | null; whole: boolean };
  FrameTimer: new (video: object) => {
    note(times: { receiveTime?: number; captureTime?: number; expectedDisplayTime: number }): void;
    take(): { playoutMs: number | null; captureMs: number | null };
  };
  ServerTalk: new (video: object) => ServerTalk;
  figuresOf: (page: Partial<Statistics> | null, talk: object) => Record<string, string>;
  choicesOf: (ladder: { level: string; bitrate: number }[]) => {
    quality: string;
    rendition: { level: string } | null;
  }[];
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

const {
  Backoff,
  StallWatch,
  StatisticsReader,
  playoutOf,
  latencyOf,
  FrameTimer,
  ServerTalk,
  figuresOf,
  choicesOf,
  lifeSigns,
  faultFromResponse,
}: Modules = {
  playoutOf: await load('statistics', 'playoutOf'),
  latencyOf: await load('latency', 'latencyOf'),
  FrameTimer: await load('frame-timer', 'FrameTimer'),
  ServerTalk: await load('server-talk', 'ServerTalk'),
  figuresOf: await load('figures', 'figuresOf'),
  choicesOf: await load('quality-menu', 'choicesOf'),
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
          totalProcessingDelay: frames * 0.025,
          packetsReceived: frames * 5,
          packetsLost: frames,
          codecId: 'codec',
          frameWidth: 1280,
          frameHeight: 720,
          ...more,
        },
      ],
      ['codec', { type: 'codec', id: 'codec', mimeType: 'video/VP8' }],
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
    expect(second).toMatchObject({ roundTripMs: 10, codec: 'VP8' });
    expect(second?.jitterBufferMs).toBeCloseTo(20);
    expect(second?.decodeMs).toBeCloseTo(3);
    expect(second?.fractionLost).toBeCloseTo(1 / 6);
  });

  it('knows less of a browser that tells less', () => {
    const reader = new StatisticsReader();
    const poor = { jitterBufferDelay: undefined, packetsLost: undefined, codecId: 'gone' };
    reader.read(report(0, 10, poor));
    expect(reader.read(report(1000, 40, poor))).toMatchObject({
      framerate: 30,
      jitterBufferMs: null,
      fractionLost: null,
      codec: null,
    });
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

describe('latency', () => {
  const none = { captureMs: null, captureToSendMs: null, roundTripMs: null, playoutMs: null };

  it('adds the server, half a round trip and the page', () => {
    const parts = { ...none, captureToSendMs: 12, roundTripMs: 10, playoutMs: 15 };
    expect(latencyOf(parts)).toEqual({ ms: 32, whole: true });
  });

  it('says when the part of the server is missing', () => {
    expect(latencyOf({ ...none, roundTripMs: 10, playoutMs: 15 })).toEqual({
      ms: 20,
      whole: false,
    });
    expect(latencyOf({ ...none, captureToSendMs: 12 })).toEqual({ ms: null, whole: false });
  });

  it('believes a browser that knows the time of capture', () => {
    expect(latencyOf({ ...none, captureMs: 40, playoutMs: 15 })).toEqual({ ms: 40, whole: true });
  });

  it('measures up to the screen where the browser tells, else up to the decoder', () => {
    expect(playoutOf({ processingMs: 9 }, 15)).toBe(15);
    expect(playoutOf({ processingMs: 9 }, null)).toBe(9);
    expect(playoutOf({ processingMs: null, jitterBufferMs: 4, decodeMs: 3 }, null)).toBe(7);
    expect(playoutOf(null, null)).toBeNull();
  });

  it('is the mean of the pictures since the last look; what cannot be is passed over', () => {
    const timer = new FrameTimer({});
    timer.note({ receiveTime: 100, expectedDisplayTime: 110 });
    timer.note({ receiveTime: 133, expectedDisplayTime: 153, captureTime: 113 });
    timer.note({ receiveTime: 9999, expectedDisplayTime: 170, captureTime: -99_999 });
    expect(timer.take()).toEqual({ playoutMs: 15, captureMs: 40 });
    expect(timer.take()).toEqual({ playoutMs: null, captureMs: null });
  });
});

describe('ServerTalk', () => {
  const ladder = [
    { level: 'full', bitrate: 2_500_000 },
    { level: 'half', bitrate: 900_000 },
  ];
  interface Sent {
    type: string;
    wanted?: boolean;
    quality?: string;
  }
  function talking(): { talk: ServerTalk; sent: Sent[] } {
    const talk = new ServerTalk({});
    const sent: Sent[] = [];
    talk.begin((message) => sent.push(message as Sent) > 0);
    return { talk, sent };
  }

  it('reports every two seconds, and asks for figures every ten', () => {
    const { talk, sent } = talking();
    for (let second = 0; second < 12; second += 1) talk.look(null, second * 1000);
    expect(sent.map(({ type, wanted }) => [type, wanted])).toEqual(
      [true, false, false, false, false, true].map((wanted) => ['statistics', wanted]),
    );
  });

  it('asks with every report while somebody looks, beginning at once', () => {
    const { talk, sent } = talking();
    talk.look(null, 0);
    talk.watch(true);
    for (let second = 1; second < 6; second += 1) talk.look(null, second * 1000);
    expect(sent.map(({ wanted }) => wanted)).toEqual([true, true, true, true]);
  });

  it('reports as soon as there is a way', () => {
    const talk = new ServerTalk({});
    let open = false;
    let tries = 0;
    talk.begin(() => {
      tries += 1;
      return open;
    });
    talk.look(null, 0);
    open = true;
    talk.look(null, 1000);
    talk.look(null, 2000);
    expect(tries).toBe(2);
  });

  it('takes figures and renditions, and nothing else', () => {
    const { talk } = talking();
    expect(talk.receive({ type: 'statistics', captureToSendMs: 12 })).toBe(true);
    expect(talk.receive({ type: 'renditions', ladder, current: 'half' })).toBe(true);
    expect(talk.receive({ type: 'renditions', ladder: 'none' })).toBe(false);
    expect(talk.receive({ type: 'else' })).toBe(false);
    expect(talk.renditions).toEqual({ ladder, current: 'half' });
    talk.end();
    expect(talk).toMatchObject({ figures: null, renditions: { ladder: [], current: null } });
  });

  it('tells a server that it came back to what the viewer has chosen', () => {
    const { talk, sent } = talking();
    talk.choose('low');
    expect(sent).toEqual([{ type: 'quality', quality: 'low' }]);
    talk.begin((message) => sent.push(message as Sent) > 0);
    talk.receive({ type: 'renditions', ladder, current: 'full' });
    talk.receive({ type: 'renditions', ladder, current: 'half' });
    expect(sent).toEqual(new Array(2).fill({ type: 'quality', quality: 'low' }));
  });
});

describe('the panel', () => {
  it('shows what is not known as a dash', () => {
    const talk = new ServerTalk({});
    expect(new Set(Object.values(figuresOf(null, talk)))).toEqual(new Set(['–']));
  });

  it('names the reasons of what the server dropped', () => {
    const talk = new ServerTalk({});
    const reasons = { droppedTransformBusy: 2, droppedNetwork: 1, droppedEncoderBusy: 0 };
    talk.receive({ type: 'statistics', ...reasons, encodeMs: 4.26, sourceFrameRate: 29.97 });
    expect(figuresOf(null, talk)).toMatchObject({
      'server-drops': '3 (transform busy 2, network 1)',
      encode: '4.3 ms',
      'source-rate': '30.0 fps',
    });
    talk.receive({ type: 'statistics', droppedNetwork: 0 });
    expect(figuresOf(null, talk)['server-drops']).toBe('0');
  });
});

describe('the choice of a quality', () => {
  const rungs = (...levels: string[]): { quality: string; level?: string }[] =>
    choicesOf(levels.map((level) => ({ level, bitrate: 1 }))).map(({ quality, rendition }) => ({
      quality,
      ...(rendition && { level: rendition.level }),
    }));

  it('is none without two renditions, and leaves out what is twice', () => {
    expect(rungs()).toEqual([]);
    expect(rungs('full')).toEqual([]);
    expect(rungs('full', 'half').map(({ quality }) => quality)).toEqual(['auto', 'high', 'low']);
  });

  it('is the first, the middle and the last', () => {
    expect(rungs('source', 'full', 'half', 'quarter')).toEqual([
      { quality: 'auto' },
      { quality: 'high', level: 'source' },
      { quality: 'medium', level: 'half' },
      { quality: 'low', level: 'quarter' },
    ]);
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
