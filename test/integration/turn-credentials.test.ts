import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cloudflareTurnCredentials } from '../../src/realtime/credentials/cloudflare.js';
import { coturnTurnCredentials } from '../../src/realtime/credentials/coturn.js';
import { huggingFaceTurnCredentials } from '../../src/realtime/credentials/hugging-face.js';
import {
  getTurnCredentials,
  turnCredentials,
} from '../../src/realtime/credentials/turn-credentials.js';
import { TurnCredentialsError } from '../../src/realtime/credentials/turn-credentials-error.js';
import type { TurnConfiguration } from '../../src/realtime/credentials/turn-configuration.js';
import { twilioTurnCredentials } from '../../src/realtime/credentials/twilio.js';
import { TurnRelay } from '../../src/rtc/turn-relay.js';
import { Stream } from '../../src/stream.js';
import { freePort } from '../support/free-port.js';
import { runTurnServer } from '../support/turn-server.js';
import { serveWeb } from '../support/web-server.js';

/** A request as a service saw it. */
interface Seen {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  type: string | undefined;
  body: string;
}

const iceServers = [
  { urls: ['stun:stun.example.org:3478'] },
  {
    urls: ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org:443'],
    username: 'user',
    credential: 'word',
  },
];

/** A service that answers `body`, and what it was asked. */
async function serve(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { authorization, 'content-type': type } = request.headers;
    seen.push({ method: request.method, url: request.url, authorization, type, body: text });
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = await serveWeb((request, response) => void answer(request, response));
  onTestFinished(() => server.close());
  return { baseUrl: server.origin, seen };
}

beforeEach(() => {
  for (const name of [
    'HF_TOKEN',
    'CLOUDFLARE_TURN_KEY_ID',
    'CLOUDFLARE_TURN_KEY_API_TOKEN',
    'TWILIO_ACCOUNT_SID',
    'TWILIO_AUTH_TOKEN',
  ]) {
    vi.stubEnv(name, '');
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('huggingFaceTurnCredentials', () => {
  it('asks with its token and life', async () => {
    const { baseUrl, seen } = await serve({ iceServers });
    const made = await huggingFaceTurnCredentials({ token: 'hf_x', ttlMs: 90_999, baseUrl });
    expect(made).toEqual({ iceServers });
    expect(seen).toMatchObject([
      { method: 'GET', url: '/credentials?ttl=90', authorization: 'Bearer hf_x' },
    ]);
  });

  it('takes the token from the environment, and ten minutes', async () => {
    vi.stubEnv('HF_TOKEN', ' hf_env\n');
    const { baseUrl, seen } = await serve({ iceServers });
    await huggingFaceTurnCredentials({ baseUrl });
    expect(seen).toMatchObject([{ url: '/credentials?ttl=600', authorization: 'Bearer hf_env' }]);
  });

  it('names option and variable when there is no token', async () => {
    const asking = huggingFaceTurnCredentials();
    await expect(asking).rejects.toThrow(TypeError);
    await expect(asking).rejects.toThrow(/token.*HF_TOKEN/);
  });
});

describe('cloudflareTurnCredentials', () => {
  it('asks with key and token', async () => {
    const { baseUrl, seen } = await serve({ iceServers }, 201);
    const made = await cloudflareTurnCredentials({ keyId: 'k/1', apiToken: 'secret', baseUrl });
    expect(made).toEqual({ iceServers });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/v1/turn/keys/k%2F1/credentials/generate-ice-servers',
        authorization: 'Bearer secret',
        type: 'application/json',
        body: '{"ttl":600}',
      },
    ]);
  });

  it('takes key and token from the environment', async () => {
    vi.stubEnv('CLOUDFLARE_TURN_KEY_ID', 'env-key');
    vi.stubEnv('CLOUDFLARE_TURN_KEY_API_TOKEN', 'env-token');
    const { baseUrl, seen } = await serve({ iceServers: iceServers[1] });
    const made = await cloudflareTurnCredentials({ baseUrl });
    // The older answer: one server, no list.
    expect(made).toEqual({ iceServers: [iceServers[1]] });
    expect(seen[0]?.url).toContain('/env-key/');
  });

  it.each([
    [{ hfToken: 'hf_option', keyId: 'k', apiToken: 't' }, 'Bearer hf_option', 'GET'],
    [{}, 'Bearer hf_env', 'GET'],
    [{ keyId: 'k', apiToken: 't' }, 'Bearer t', 'POST'],
  ])(
    'with a token of Hugging Face about, %o asks as %s',
    async (options, authorization, method) => {
      vi.stubEnv('HF_TOKEN', 'hf_env');
      const { baseUrl, seen } = await serve({ iceServers });
      await cloudflareTurnCredentials({ ...options, baseUrl });
      expect(seen).toMatchObject([{ authorization, method }]);
    },
  );

  it.each([
    [{}, 'keyId'],
    [{ keyId: 'k' }, 'apiToken'],
    [{ apiToken: 't' }, 'keyId'],
    [{ hfToken: '' }, 'hfToken'],
  ])('names what is missing of %o', async (options, named) => {
    const asking = cloudflareTurnCredentials(options);
    await expect(asking).rejects.toThrow(TypeError);
    await expect(asking).rejects.toThrow(new RegExp(`^${named}: .*HF_TOKEN`));
  });
});

describe('twilioTurnCredentials', () => {
  const options = { accountSid: 'AC1', authToken: 'hush' };

  it('asks for a token', async () => {
    const { baseUrl, seen } = await serve(
      {
        username: 'user',
        ttl: '3600',
        ice_servers: [
          { url: 'stun:global.stun.twilio.com:3478', urls: 'stun:global.stun.twilio.com:3478' },
          { url: 'turn:global.turn.twilio.com:3478', username: 'user', credential: 'word' },
        ],
      },
      201,
    );
    expect(await twilioTurnCredentials({ ...options, ttlMs: 3_600_000, baseUrl })).toEqual({
      iceTransportPolicy: 'relay',
      iceServers: [
        { urls: 'stun:global.stun.twilio.com:3478' },
        { urls: 'turn:global.turn.twilio.com:3478', username: 'user', credential: 'word' },
      ],
    });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/2010-04-01/Accounts/AC1/Tokens.json',
        authorization: `Basic ${Buffer.from('AC1:hush').toString('base64')}`,
        type: 'application/x-www-form-urlencoded',
        body: 'Ttl=3600',
      },
    ]);
  });

  it('takes account and token from the environment', async () => {
    vi.stubEnv('TWILIO_ACCOUNT_SID', 'AC2');
    vi.stubEnv('TWILIO_AUTH_TOKEN', 'env');
    const { baseUrl, seen } = await serve({ ice_servers: iceServers });
    await twilioTurnCredentials({ baseUrl });
    expect(seen[0]?.url).toContain('/AC2/');
  });

  it('names what is missing', async () => {
    await expect(twilioTurnCredentials()).rejects.toThrow(/accountSid.*TWILIO_ACCOUNT_SID/);
    const half = twilioTurnCredentials({ accountSid: 'AC1' });
    await expect(half).rejects.toThrow(/authToken.*TWILIO_AUTH_TOKEN/);
  });
});

describe('a service for TURN credentials that fails', () => {
  const token = 'hf_very_secret';

  async function failure(options: { baseUrl: string; timeoutMs?: number }): Promise<unknown> {
    return huggingFaceTurnCredentials({ token, ...options }).then(
      () => null,
      (error: unknown) => error,
    );
  }

  it('is quoted with its status, but not with what is secret', async () => {
    const { baseUrl } = await serve(`no\r\n\x1b[31m way for ${token} ${'x'.repeat(900)}`, 403);
    const error = (await failure({ baseUrl })) as TurnCredentialsError;
    expect(error).toBeInstanceOf(TurnCredentialsError);
    expect(error).toMatchObject({ code: 'turn-credentials-failed', status: 403 });
    expect(error.message).toMatch(/answered 403: no \[31m way for \*\*\* x+…$/);
    expect(error.message.length).toBeLessThan(300);
  });

  it('is quoted without the account of Twilio', async () => {
    const basic = Buffer.from('AC1:hush').toString('base64');
    const { baseUrl } = await serve(`bad ${basic} hush`, 401);
    const asking = twilioTurnCredentials({ accountSid: 'AC1', authToken: 'hush', baseUrl });
    await expect(asking).rejects.toThrow(/answered 401: bad \*\*\* \*\*\*$/);
  });

  it.each([
    ['no JSON', '<html>', 200],
    ['nothing', '', 204],
    ['no servers', { ok: true }, 200],
    ['an empty list', { iceServers: [] }, 200],
    ['null', null, 200],
    ['servers of no use', { iceServers: [null, 1, {}, { urls: 'http://x' }, { urls: [5] }] }, 200],
    ['a server error', '', 500],
  ])('with %s', async (_, body, status) => {
    const { baseUrl } = await serve(body, status);
    const error = await failure({ baseUrl });
    expect(error).toBeInstanceOf(TurnCredentialsError);
    expect(error).toMatchObject({
      status: status < 300 && body !== '' && body !== '<html>' ? null : status,
    });
  });

  it('by sending on to another host, which gets no token', async () => {
    const other = await serve({ iceServers });
    const { baseUrl } = await serve('', 307, { location: `${other.baseUrl}/credentials` });
    expect(await failure({ baseUrl })).toMatchObject({ status: 307 });
    expect(other.seen).toEqual([]);
  });

  it('by an answer without end', async () => {
    const server = await serveWeb((_, response) => {
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) continue;
      };
      response.on('drain', more);
      more();
    });
    onTestFinished(() => server.close());
    expect(await failure({ baseUrl: server.origin })).toMatchObject({ status: 500 });
  });

  it('by silence', async () => {
    const server = await serveWeb(() => undefined);
    onTestFinished(() => server.close());
    const error = await failure({ baseUrl: server.origin, timeoutMs: 50 });
    expect(error).toBeInstanceOf(TurnCredentialsError);
    expect(error).toMatchObject({ status: null, code: 'turn-credentials-failed' });
    expect((error as Error).message).toContain('50 ms');
  });

  it('by not being there', async () => {
    const error = await failure({ baseUrl: `http://127.0.0.1:${await freePort()}` });
    expect(error).toMatchObject({ status: null, code: 'turn-credentials-failed' });
    expect((error as Error).message).toContain('ECONNREFUSED');
  });

  it('is left when the signal says so', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const server = await serveWeb(() => {
      controller.abort(reason);
    });
    onTestFinished(() => server.close());
    const asking = huggingFaceTurnCredentials({
      token,
      baseUrl: server.origin,
      signal: controller.signal,
    });
    await expect(asking).rejects.toBe(reason);
    const again = huggingFaceTurnCredentials({
      token,
      baseUrl: server.origin,
      signal: controller.signal,
    });
    await expect(again).rejects.toBe(reason);
    expect(server.paths).toHaveLength(1);
  });
});

describe('turnCredentials', () => {
  it('asks once for all who wait, and keeps what it got', async () => {
    const { baseUrl, seen } = await serve({ iceServers });
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
    const { baseUrl, seen } = await serve('later', 503);
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
    const { baseUrl, seen } = await serve({ iceServers });
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
    const { baseUrl, seen } = await serve({ iceServers });
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
