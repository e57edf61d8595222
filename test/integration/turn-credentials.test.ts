import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { coturnTurnCredentials } from '../../src/realtime/credentials/coturn.js';
import {
  getTurnCredentials,
  turnCredentials,
} from '../../src/realtime/credentials/turn-credentials.js';
import { TurnCredentialsError } from '../../src/realtime/credentials/turn-credentials-error.js';
import type { TurnConfiguration } from '../../src/realtime/credentials/turn-configuration.js';
import { TurnRelay } from '../../src/rtc/turn-relay.js';
import { Stream } from '../../src/stream.js';
import { runTurnServer } from '../support/turn-server.js';
import {
  forgetOwnCredentials,
  iceServers,
  serveCredentials,
} from '../support/credential-service.js';

forgetOwnCredentials();

describe('turnCredentials', () => {
  it('asks once for all who wait, and keeps what it got', async () => {
    const { baseUrl, seen } = await serveCredentials({ iceServers });
    const configuration = turnCredentials('hf', { token: 'x', baseUrl });
    expect(seen).toEqual([]);
    const [first, second] = await Promise.all([configuration(), configuration(), configuration()]);
    expect(second).toEqual({ iceServers });
    // Everybody has a copy.
    first.iceServers.length = 0;
    expect(await configuration()).toEqual({ iceServers });
    expect(seen).toHaveLength(1);
  });

  it('fails for all who wait, and asks anew', async () => {
    const { baseUrl, seen } = await serveCredentials('later', 503);
    const configuration = turnCredentials('cloudflare', { hfToken: 'x', baseUrl });
    const all = await Promise.allSettled([configuration(), configuration()]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(configuration()).rejects.toThrow(TurnCredentialsError);
    expect(seen).toHaveLength(2);
  });

  it('says at once what is missing or wrong', () => {
    expect(() => turnCredentials('twilio')).toThrow(/accountSid/);
    expect(() => turnCredentials('hf', { token: 'a b' })).toThrow(/^token: expected printable/);
    expect(() => turnCredentials('hf', { token: 'x', ttlMs: 1 })).toThrow(RangeError);
    expect(() => turnCredentials('hf', { token: 'x', timeoutMs: NaN })).toThrow(RangeError);
    expect(() => turnCredentials('hf', { token: 'x', baseUrl: 'ftp://x' })).toThrow(/baseUrl/);
    expect(() => turnCredentials('hf', { token: 5 as never })).toThrow(TypeError);
    expect(() => turnCredentials('xirsys' as never, {} as never)).toThrow(/method: .*cloudflare/);
    expect(() => turnCredentials('toString' as never, {} as never)).toThrow(TypeError);
    expect(() => turnCredentials('hf', null as never)).toThrow(TypeError);
  });

  it('repeats no secret that cannot be sent', () => {
    vi.stubEnv('HF_TOKEN', 'top secret');
    const make = (): unknown => turnCredentials('hf');
    expect(make).toThrow(/HF_TOKEN/);
    expect(make).not.toThrow(/top secret/);
  });
});

describe('a stream', () => {
  it('hands fetched credentials to its pages, and shared secrets to its own side', async () => {
    const { baseUrl, seen } = await serveCredentials({ iceServers });
    const own = coturnTurnCredentials({ urls: 'turn:127.0.0.1', secret: 'x' });
    const stream = new Stream({
      handler: (frame) => frame,
      rtcConfiguration: turnCredentials('hf', { token: 'x', baseUrl }),
      serverRtcConfiguration: own,
    });
    onTestFinished(() => stream.close());
    expect(await stream.getRtcConfiguration()).toEqual({ iceServers });
    expect(await stream.getRtcConfiguration()).toEqual({ iceServers });
    expect(seen).toHaveLength(1);
  });
});

describe('getTurnCredentials', () => {
  it('fetches each time', async () => {
    const { baseUrl, seen } = await serveCredentials({ iceServers });
    const options = { token: 'x', baseUrl };
    expect(await getTurnCredentials('hf', options)).toEqual({ iceServers });
    await getTurnCredentials('hf', options);
    expect(seen).toHaveLength(2);
  });

  it('rejects for wrong arguments', async () => {
    await expect(getTurnCredentials('turn' as never, {} as never)).rejects.toThrow(TypeError);
    await expect(getTurnCredentials('twilio')).rejects.toThrow(TypeError);
  });
});

describe('coturn', () => {
  async function allocate({ iceServers }: TurnConfiguration): Promise<string> {
    const relay = await TurnRelay.open(iceServers, 'ufrag');
    if (relay === null) throw new Error('there is no TURN server in the list');
    try {
      await relay.allocate();
      return `${relay.protocol.localCandidate?.type} ${relay.protocol.localCandidate?.host}`;
    } finally {
      await relay.close();
    }
  }

  it('gives a relay for our credentials, and none for others or old ones', async () => {
    const secret = 'shared secret';
    const urls = await runTurnServer(secret);
    expect(await allocate(coturnTurnCredentials({ urls, secret, user: 'visitor' }))).toBe(
      'relay 127.0.0.1',
    );
    expect(await allocate(await turnCredentials('coturn', { urls, secret })())).toBe(
      'relay 127.0.0.1',
    );
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    const old = coturnTurnCredentials({ urls, secret });
    vi.useRealTimers();
    // coturn stays silent, which takes some seconds to notice.
    const refused = [old, coturnTurnCredentials({ urls, secret: 'another secret' })].map(allocate);
    expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ]);
  });
});
