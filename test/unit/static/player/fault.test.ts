import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';

const { faultFromResponse } = await loadPageModule<{
  faultFromResponse: (response: Response) => Promise<{
    message: string;
    code: string;
    permanent: boolean;
    retryAfterMs?: number;
  }>;
}>('fault');

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
