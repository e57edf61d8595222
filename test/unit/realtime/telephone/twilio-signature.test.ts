import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedByTwilio } from '../../../../src/realtime/telephone/twilio-signature.js';

// The example of https://www.twilio.com/docs/usage/security
const token = '12345';
const request = {
  url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
  parameters: {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+12349013030',
    Digits: '1234',
    From: '+12349013030',
    To: '+18005551212',
  },
  signature: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
};

function sign(text: string): string {
  return createHmac('sha1', token).update(text).digest('base64');
}

describe('isSignedByTwilio', () => {
  it("takes Twilio's own example", () => {
    expect(isSignedByTwilio(token, request)).toBe(true);
  });

  it.each([
    ['another token', '12346', {}],
    ['another URL', token, { url: 'https://mycompany.com/other' }],
    ['another field', token, { parameters: { ...request.parameters, Digits: '1' } }],
    ['one field more', token, { parameters: { ...request.parameters, X: '' } }],
    ['no signature', token, { signature: undefined }],
    ['an empty signature', token, { signature: '' }],
    ['two signatures', token, { signature: [request.signature, request.signature] }],
    ['a longer signature', token, { signature: `${request.signature}=` }],
    ['text beyond ASCII', token, { signature: 'ä'.repeat(14) }],
  ])('refuses %s', (_, authToken, change) => {
    expect(isSignedByTwilio(authToken, { ...request, ...change })).toBe(false);
  });

  it.each([
    ['https://a.example:443/x?y', 'https://a.example/x?y'],
    ['https://a.example/x?y', 'https://a.example:443/x?y'],
    ['wss://a.example:8443/x', 'wss://a.example/x'],
    ['http://a.example', 'http://a.example:80'],
  ])('takes %s for a signed %s', (url, signed) => {
    expect(isSignedByTwilio(token, { url, signature: sign(signed) })).toBe(true);
  });

  it('signs a field that came several times with each value once, in order', () => {
    const url = 'https://a.example/';
    const parameters = { B: ['2', '1', '2'], A: 'x', none: undefined };
    expect(isSignedByTwilio(token, { url, parameters, signature: sign(`${url}AxB12none`) })).toBe(
      true,
    );
  });

  it('refuses an empty token', () => {
    expect(() => isSignedByTwilio('', request)).toThrow(TypeError);
  });
});
