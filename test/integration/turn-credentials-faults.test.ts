import { describe, expect, it, onTestFinished } from 'vitest';
import { huggingFaceTurnCredentials } from '../../src/realtime/credentials/hugging-face.js';
import { TurnCredentialsError } from '../../src/realtime/credentials/turn-credentials-error.js';
import { twilioTurnCredentials } from '../../src/realtime/credentials/twilio.js';
import { freePort } from '../support/free-port.js';
import { serveWeb } from '../support/web-server.js';
import { iceServers, serveCredentials } from '../support/credential-service.js';

describe('a service for TURN credentials that fails', () => {
  const token = 'hf_very_secret';

  async function failure(options: { baseUrl: string; timeoutMs?: number }): Promise<unknown> {
    return huggingFaceTurnCredentials({ token, ...options }).then(
      () => null,
      (error: unknown) => error,
    );
  }

  it('is quoted with its status, but not with what is secret', async () => {
    const { baseUrl } = await serveCredentials(
      `no\r\n\x1b[31m way for ${token} ${'x'.repeat(900)}`,
      403,
    );
    const error = (await failure({ baseUrl })) as TurnCredentialsError;
    expect(error).toBeInstanceOf(TurnCredentialsError);
    expect(error).toMatchObject({ code: 'turn-credentials-failed', status: 403 });
    expect(error.message).toMatch(/answered 403: no \[31m way for \*\*\* x+…$/);
    expect(error.message.length).toBeLessThan(300);
  });

  it('is quoted without the account of Twilio', async () => {
    const basic = Buffer.from('AC1:hush').toString('base64');
    const { baseUrl } = await serveCredentials(`bad ${basic} hush`, 401);
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
    const { baseUrl } = await serveCredentials(body, status);
    const error = await failure({ baseUrl });
    expect(error).toBeInstanceOf(TurnCredentialsError);
    expect(error).toMatchObject({
      status: status < 300 && body !== '' && body !== '<html>' ? null : status,
    });
  });

  it('by sending on to another host, which gets no token', async () => {
    const other = await serveCredentials({ iceServers });
    const { baseUrl } = await serveCredentials('', 307, {
      location: `${other.baseUrl}/credentials`,
    });
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
