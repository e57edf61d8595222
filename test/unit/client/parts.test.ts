import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadClientModule } from '../../support/client-module.js';

interface Options {
  baseUrl: (url?: string) => URL;
  randomId: () => string;
  resolveOptions: (options: object) => { transport: string; webrtcId: string; reconnect: boolean };
}
interface Messages {
  readMessage: (text: string) => { type: string; data: unknown; text: string; id: string };
}
type Constraints = Record<string, unknown>;
interface ConstraintParts {
  constraintsFor: (given: unknown, kind: 'audio' | 'video', deviceId: string | null) => Constraints;
  asWishes: (constraints: Constraints) => Constraints;
}
interface Emitter {
  on(name: string, listener: (detail: unknown) => void): () => void;
  emit(name: string, detail: unknown): void;
  hasListeners(name: string): boolean;
}
interface Sender {
  add(candidate: { toJSON(): object } | null): void;
  start(): void;
  stop(): void;
}
interface Reconnector {
  start(fault: object): void;
  nudge(): void;
  stop(): void;
}

const { baseUrl, randomId, resolveOptions } = await loadClientModule<Options>('src/options.js');
const { readMessage } = await loadClientModule<Messages>('src/messages.js');
const { constraintsFor, asWishes } = await loadClientModule<ConstraintParts>(
  'src/media/constraints.js',
);
const { Emitter } = await loadClientModule<{ Emitter: new () => Emitter }>('src/emitter.js');
const { CandidateSender } = await loadClientModule<{
  CandidateSender: new (post: (candidate: object) => Promise<void>) => Sender;
}>('src/net/candidate-sender.js');
const { Reconnector } = await loadClientModule<{
  Reconnector: new (hooks: object) => Reconnector;
}>('src/session/reconnector.js');
const { StreamFault } = await loadClientModule<{
  StreamFault: new (reason: string, options: object) => Error;
}>('src/fault.js');

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('options', () => {
  it('takes the folder of the page, and ends in a slash', () => {
    vi.stubGlobal('document', { baseURI: 'https://example.org/demo/page.html?x=1' });
    expect(baseUrl().href).toBe('https://example.org/demo/');
    expect(baseUrl('other').href).toBe('https://example.org/demo/other/');
    expect(baseUrl('https://example.com/a/?token=1#x').href).toBe('https://example.com/a/');
  });

  it('makes UUIDs, also where the browser does not', () => {
    const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    expect(randomId()).toMatch(uuid);
    vi.stubGlobal('crypto', {
      getRandomValues: (bytes: Uint8Array) => bytes.fill(0xff),
    });
    expect(randomId()).toMatch(uuid);
  });

  it('refuses what cannot be meant', () => {
    expect(() => resolveOptions({ transport: 'carrier' })).toThrow(/transport.*carrier/);
    expect(() => resolveOptions({ modality: 'smell' })).toThrow(TypeError);
    expect(() => resolveOptions({ webrtcId: '' })).toThrow(RangeError);
    expect(() => resolveOptions({ connectTimeoutMs: 5 })).toThrow(RangeError);
    expect(resolveOptions({ webrtcId: 'abc' })).toMatchObject({
      transport: 'auto',
      webrtcId: 'abc',
      reconnect: true,
    });
  });
});

describe('readMessage', () => {
  it('reads both shapes of errors', () => {
    expect(readMessage('{"type":"error","message":"boom"}').text).toBe('boom');
    expect(readMessage('{"type":"error","data":"boom"}').text).toBe('boom');
  });

  it('reads parts of a chat', () => {
    expect(readMessage('{"type":"chat","id":7,"message":"hi"}')).toMatchObject({
      type: 'chat',
      id: '7',
      text: 'hi',
    });
  });

  it('knows the bare words of old servers, and passes on free text', () => {
    expect(readMessage('stopword').type).toBe('stopword');
    expect(readMessage('hello')).toMatchObject({ type: 'text', text: 'hello' });
    expect(readMessage('[1]')).toMatchObject({ type: 'text', data: [1] });
    expect(readMessage('null').type).toBe('text');
  });
});

describe('constraints', () => {
  it('takes those of one kind, from either shape', () => {
    const split = { audio: { channelCount: 2 }, video: { width: 320 } };
    expect(constraintsFor(split, 'video', null)).toEqual({ width: 320 });
    expect(constraintsFor({ width: 320 }, 'video', null)).toEqual({ width: 320 });
    expect(constraintsFor({ audio: true, video: true }, 'video', null)).toHaveProperty('frameRate');
    expect(constraintsFor(null, 'audio', null)).toHaveProperty('echoCancellation', true);
  });

  it('asks for a device that was chosen, whichever way it faces', () => {
    expect(constraintsFor({ facingMode: 'user', width: 320 }, 'video', 'abc')).toEqual({
      width: 320,
      deviceId: { exact: 'abc' },
    });
  });

  it('turns demands into wishes, but not the device', () => {
    expect(
      asWishes({ width: { exact: 9 }, height: { min: 5 }, deviceId: { exact: 'a' }, noise: true }),
    ).toEqual({ width: { ideal: 9 }, height: {}, deviceId: { exact: 'a' }, noise: true });
  });
});

describe('Emitter', () => {
  it('calls listeners until they leave, and reports those that throw', () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const emitter = new Emitter();
    const heard = vi.fn();
    emitter.on('x', () => {
      throw new Error('mine');
    });
    const off = emitter.on('x', heard);
    emitter.emit('x', 1);
    off();
    emitter.emit('x', 2);
    expect(heard.mock.calls).toEqual([[1]]);
    expect(reported).toHaveBeenCalledTimes(2);
    expect(emitter.hasListeners('x')).toBe(true);
    expect(emitter.hasListeners('y')).toBe(false);
  });
});

describe('CandidateSender', () => {
  const candidate = (text: string): { toJSON(): object } => ({
    toJSON: () => ({ candidate: text }),
  });

  it('keeps candidates until the offer is answered, then sends them in order', async () => {
    const posted: object[] = [];
    const sender = new CandidateSender(async (sent) => void posted.push(sent));
    sender.add(candidate('a'));
    sender.add(candidate('b'));
    expect(posted).toEqual([]);
    sender.start();
    sender.add(null);
    await vi.waitFor(() => expect(posted).toHaveLength(3));
    expect(posted).toMatchObject([{ candidate: 'a' }, { candidate: 'b' }, { candidate: '' }]);
  });

  it('sends nothing more once stopped', async () => {
    const posted: object[] = [];
    const sender = new CandidateSender(async (sent) => void posted.push(sent));
    sender.start();
    sender.stop();
    sender.add(candidate('a'));
    await Promise.resolve();
    expect(posted).toEqual([]);
  });
});

describe('Reconnector', () => {
  const lost = new StreamFault('lost', { code: 'connection-lost', retryable: true });
  const taken = new StreamFault('taken', { code: 'already-exists' });
  const refused = new StreamFault('no', { code: 'not-allowed' });

  function setUp(results: (Error | null)[]): {
    reconnector: Reconnector;
    tries: number[];
    gaveUp: Error[];
  } {
    vi.useFakeTimers();
    const tries: number[] = [];
    const gaveUp: Error[] = [];
    const reconnector = new Reconnector({
      tryAgain: async () => {
        tries.push(Date.now());
        const error = results.shift();
        if (error) throw error;
      },
      waiting: () => undefined,
      gaveUp: (fault: Error) => gaveUp.push(fault),
    });
    return { reconnector, tries, gaveUp };
  }

  it('tries with growing pauses until it works', async () => {
    const { reconnector, tries } = setUp([lost, lost, null]);
    reconnector.start(lost);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = tries;
    expect(third - second).toBeGreaterThan(second - first);
  });

  it('waits for its own ghost to leave, but not for ever', async () => {
    const { reconnector, tries, gaveUp } = setUp(Array.from({ length: 50 }, () => taken));
    reconnector.start(lost);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(tries.length).toBeGreaterThan(3);
    expect(gaveUp).toEqual([taken]);
  });

  it('gives up where trying cannot help', async () => {
    const { reconnector, tries, gaveUp } = setUp([refused]);
    reconnector.start(lost);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toHaveLength(1);
    expect(gaveUp).toEqual([refused]);
  });

  it('tries at once when nudged, and never once stopped', async () => {
    const { reconnector, tries } = setUp([lost, lost]);
    reconnector.start(lost);
    reconnector.nudge();
    await vi.advanceTimersByTimeAsync(1);
    expect(tries).toHaveLength(1);
    reconnector.stop();
    reconnector.nudge();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toHaveLength(1);
  });
});
