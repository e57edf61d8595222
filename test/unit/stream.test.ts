import { describe, expect, it } from 'vitest';
import { silentLogger, Stream, VideoStreamHandler } from '../../src/index.js';
import type { StreamOptions } from '../../src/index.js';
import { SilentBoth } from '../support/realtime-core.js';
import { TellingHandler } from '../support/stream-server.js';

const flip = (frame: never): never => frame;

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

function make(options: object): Stream {
  return new Stream({
    handler: flip,
    logger: silentLogger,
    ...options,
  } as unknown as StreamOptions);
}

describe('Stream', () => {
  it.each<[field: string, options: object, kind: ErrorConstructor]>([
    ['unknown option "modalty", did you mean "modality"?', { modalty: 'audio' }, TypeError],
    ['handler: ', { handler: 7 }, TypeError],
    ['handler: expected a StreamHandler', { modality: 'audio' }, TypeError],
    ['handler: ', { handler: new URL('file:///x.ts') }, TypeError],
    ['modality: ', { modality: 'sound' }, TypeError],
    ['mode: ', { mode: 'both' }, TypeError],
    ['concurrencyLimit: ', { concurrencyLimit: 0 }, RangeError],
    ['concurrencyLimit: ', { concurrencyLimit: 'many' }, TypeError],
    ['timeLimitMs: ', { timeLimitMs: -1 }, RangeError],
    ['onError: ', { onError: 'retry' }, TypeError],
    ['allowExtraTracks: expected true or false, got 1', { allowExtraTracks: 1 }, TypeError],
    [
      'rtcConfiguration: expected an object or a function, got "stun:x"',
      { rtcConfiguration: 'stun:x' },
      TypeError,
    ],
    ['rtcConfiguration: ', { rtcConfiguration: Promise.resolve({}) }, TypeError],
    [
      'rtcConfiguration.iceServers: expected a list of servers, got object',
      { rtcConfiguration: { iceServers: { urls: 'stun:x' } } },
      TypeError,
    ],
    [
      'rtcConfiguration.iceServers[1].urls: expected addresses, got undefined',
      { rtcConfiguration: { iceServers: [{ urls: ['stun:x'] }, { url: 'stun:x' }] } },
      TypeError,
    ],
    ['iceServers[0].urls: ', { rtcConfiguration: { iceServers: [null] } }, TypeError],
    ['rtcConfiguration: expected what JSON can hold', { rtcConfiguration: { x: 5n } }, TypeError],
    ['trackConstraints: expected what JSON', { trackConstraints: cyclic }, TypeError],
    ['rtpParams: expected what JSON', { rtpParams: { x: 5n } }, TypeError],
    ['serverRtcConfiguration: ', { serverRtcConfiguration: [] }, TypeError],
    [
      'unknown option "serverRtcConfiguration.iceServer", did you mean "serverRtcConfiguration.iceServers"?',
      { serverRtcConfiguration: { iceServer: [] } },
      TypeError,
    ],
    [
      'serverRtcConfiguration.iceServers: ',
      { serverRtcConfiguration: { iceServers: {} } },
      TypeError,
    ],
    [
      'serverRtcConfiguration.iceServers[0].urls: ',
      { serverRtcConfiguration: { iceServers: [{ urls: 'http://x' }] } },
      RangeError,
    ],
    [
      'serverRtcConfiguration.iceServers[1]: ',
      { serverRtcConfiguration: { iceServers: [{ urls: 'stun:x' }, { urls: 'turn:x' }] } },
      RangeError,
    ],
    ['icePortRange: expected two ports', { icePortRange: [2, 1] }, RangeError],
    ['icePortRange: expected two ports', { icePortRange: 5000 }, TypeError],
    ['icePortRange[1]: ', { icePortRange: [1, 70_000] }, RangeError],
    ['announcedAddresses[0]: ', { announcedAddresses: ['example.org'] }, RangeError],
    ['videoCodecs: ', { videoCodecs: [] }, RangeError],
    ['videoCodecs[0]: ', { videoCodecs: ['av1'] }, RangeError],
    ['videoBitrate: ', { videoBitrate: 10 }, RangeError],
    ['connectTimeoutMs: ', { connectTimeoutMs: 0 }, RangeError],
    ['trackConstraints: ', { trackConstraints: true }, TypeError],
    ['rtpParams: ', { rtpParams: [] }, TypeError],
    ['title: ', { title: '' }, RangeError],
    ['routes: ', { routes: 'none' }, TypeError],
    ['routes: ', { routes: new Map() }, TypeError],
    ['routes: ', { routes: null }, TypeError],
    [
      'unknown option "routes.input_hook", did you mean "routes.inputHook"?',
      { routes: { input_hook: true } },
      TypeError,
    ],
    ['routes.inputHook: ', { routes: { inputHook: 'send' } }, RangeError],
    ['routes.outputs: ', { routes: { outputs: '/a/' } }, RangeError],
    ['routes.outputs: ', { routes: { outputs: 1 } }, TypeError],
    ['routes.outputs: ', { routes: { outputs: '/../a' } }, RangeError],
    [
      'routes.outputs: expected a path of its own, got "/Webrtc/offer"',
      { routes: { outputs: '/Webrtc/offer' } },
      RangeError,
    ],
    ['routes.outputs: ', { routes: { outputs: '/telephone/incoming' } }, RangeError],
    ['routes.outputs: ', { routes: { outputs: '/client/index.js' } }, RangeError],
    ['routes.outputs: ', { routes: { inputHook: '/io', outputs: '/io' } }, RangeError],
    ['routes.triggerResponse: ', { routes: { triggerResponse: '/input_hook' } }, RangeError],
    ['routes.websocket: ', { routes: { websocket: '/ws' } }, TypeError],
    ['routes.page: ', { routes: { page: 3 } }, TypeError],
    [
      'routes.page: expected true, false, or the path of an HTML file, got "no-such.html"',
      { routes: { page: 'no-such.html' } },
      RangeError,
    ],
    ['routes.page: ', { routes: { page: new URL('https://x.example/') } }, RangeError],
    ['routes.page: ', { routes: { page: 'file:%' } }, RangeError],
    ['routes.page: ', { routes: { page: '.' } }, RangeError],
    ['routes.telephone: ', { routes: { telephone: 'yes' } }, TypeError],
    [
      'unknown option "routes.telephone.token"',
      { routes: { telephone: { token: 'x' } } },
      TypeError,
    ],
    ['routes.telephone.authToken: ', { routes: { telephone: { authToken: '' } } }, RangeError],
    ['routes.telephone.publicUrl: ', { routes: { telephone: { publicUrl: 'calls' } } }, RangeError],
    [
      'routes.telephone.publicUrl: ',
      { routes: { telephone: { publicUrl: 'https://x.example/?a' } } },
      RangeError,
    ],
    ['allowedOrigins: ', { allowedOrigins: 'https://x.example' }, TypeError],
    [
      'allowedOrigins: expected origins such as "https://example.org", got "https://x.example/"',
      { allowedOrigins: ['https://x.example/'] },
      RangeError,
    ],
    ['authorize: ', { authorize: true }, TypeError],
    ['protectIds: ', { protectIds: 'yes' }, TypeError],
    ['logger: ', { logger: console.log }, TypeError],
  ])('refuses %s', (message, options, kind) => {
    expect(() => make(options)).toThrow(message);
    expect(() => make(options)).toThrow(kind);
  });

  it('refuses no options at all', () => {
    expect(() => new (Stream as unknown as new () => Stream)()).toThrow(TypeError);
    expect(() => new Stream(null as never)).toThrow(TypeError);
  });

  it('takes everything that its documentation names, and undefined for the default', async () => {
    const stream = make({
      handler: new VideoStreamHandler(flip),
      modality: undefined,
      mode: 'send',
      concurrencyLimit: Infinity,
      timeLimitMs: null,
      allowExtraTracks: true,
      rtcConfiguration: null,
      serverRtcConfiguration: {
        iceServers: [{ urls: ['stun:a', 'stun:b'], url: 'stun:a' }],
        iceTransportPolicy: 'all',
      },
      icePortRange: [40_000, 40_100],
      announcedAddresses: ['203.0.113.7'],
      videoCodecs: ['h264'],
      videoBitrate: 1_000_000,
      trackConstraints: null,
      routes: {
        page: false,
        telephone: true,
        outputs: '/telephone.v2/~updates',
        inputHook: undefined,
      },
      allowedOrigins: ['https://example.org', 'http://localhost:3000', 'null'],
      title: 'Camera',
    });
    expect(stream).toMatchObject({
      modality: 'video',
      mode: 'send',
      title: 'Camera',
      connections: [],
      closed: false,
    });
    expect(() => stream.url).toThrow('does not listen');
    expect(await stream.getRtcConfiguration()).toBeNull();
    await stream.close();
    await stream.close();
    expect(stream.closed).toBe(true);
    // inputs for nobody are no error, also after the end
    expect(stream.setInput('a', 1)).toBe(false);
  });

  it('says what rtcConfiguration gave when that is none', async () => {
    const stream = make({ rtcConfiguration: async () => 'turn:x' });
    await expect(stream.getRtcConfiguration()).rejects.toThrow(
      'rtcConfiguration: expected an object, got string',
    );
    await stream.close();
    const raw = make({ rtcConfiguration: async () => ({ iceServers: { urls: 'turn:x' } }) });
    await expect(raw.getRtcConfiguration()).rejects.toThrow('rtcConfiguration.iceServers: ');
    await raw.close();
  });

  it('knows the types of handlers by modality and mode', async () => {
    const streams = [
      new Stream({ handler: (frame) => frame }),
      new Stream({ mode: 'send', handler: (frame) => frame.close() }),
      new Stream({
        mode: 'receive',
        *handler() {
          yield null;
        },
      }),
      new Stream({ modality: 'audio', handler: new TellingHandler() }),
      new Stream({ modality: 'audio-video', handler: new SilentBoth() }),
      // @ts-expect-error -- a picture is no sound
      (): Stream => new Stream({ modality: 'audio', handler: (): null => null }),
    ];
    for (const stream of streams) if (stream instanceof Stream) await stream.close();
    expect(streams).toHaveLength(6);
  });
});
