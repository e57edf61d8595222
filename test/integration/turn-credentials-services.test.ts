import { describe, expect, it, vi } from 'vitest';
import { cloudflareTurnCredentials } from '../../src/realtime/credentials/cloudflare.js';
import { huggingFaceTurnCredentials } from '../../src/realtime/credentials/hugging-face.js';
import { twilioTurnCredentials } from '../../src/realtime/credentials/twilio.js';
import {
  forgetOwnCredentials,
  iceServers,
  serveCredentials,
} from '../support/credential-service.js';

forgetOwnCredentials();

describe('huggingFaceTurnCredentials', () => {
  it('asks with its token and life', async () => {
    const { baseUrl, seen } = await serveCredentials({ iceServers });
    const made = await huggingFaceTurnCredentials({ token: 'hf_x', ttlMs: 90_999, baseUrl });
    expect(made).toEqual({ iceServers });
    expect(seen).toMatchObject([
      { method: 'GET', url: '/credentials?ttl=90', authorization: 'Bearer hf_x' },
    ]);
  });

  it('takes the token from the environment, and ten minutes', async () => {
    vi.stubEnv('HF_TOKEN', ' hf_env\n');
    const { baseUrl, seen } = await serveCredentials({ iceServers });
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
    const { baseUrl, seen } = await serveCredentials({ iceServers }, 201);
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
    const { baseUrl, seen } = await serveCredentials({ iceServers: iceServers[1] });
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
      const { baseUrl, seen } = await serveCredentials({ iceServers });
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
    const { baseUrl, seen } = await serveCredentials(
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
    const { baseUrl, seen } = await serveCredentials({ ice_servers: iceServers });
    await twilioTurnCredentials({ baseUrl });
    expect(seen[0]?.url).toContain('/AC2/');
  });

  it('names what is missing', async () => {
    await expect(twilioTurnCredentials()).rejects.toThrow(/accountSid.*TWILIO_ACCOUNT_SID/);
    const half = twilioTurnCredentials({ accountSid: 'AC1' });
    await expect(half).rejects.toThrow(/authToken.*TWILIO_AUTH_TOKEN/);
  });
});
