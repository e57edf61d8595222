import { describe, expect, it } from 'vitest';
import { isSecureRequest } from '../../../../src/realtime/telephone/request-url.js';
import { twiml } from '../../../../src/realtime/telephone/twiml.js';

const place = { host: 'example.com:8443', path: '/demo/telephone/handler', secure: true };

describe('twiml', () => {
  it('is what FastRTC answers, with the port', () => {
    expect(twiml(place)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Connecting to the AI assistant.</Say>' +
        '<Connect><Stream url="wss://example.com:8443/demo/telephone/handler"/></Connect>' +
        '<Say>The call has been disconnected.</Say></Response>',
    );
  });

  it('says what it is told to, and nothing for null', () => {
    const text = twiml({ ...place, secure: false, greeting: null, farewell: 'Bye & <thanks>' });
    expect(text).toContain('<Response><Connect><Stream url="ws://example.com');
    expect(text).toContain('<Say>Bye &amp; &lt;thanks&gt;</Say></Response>');
  });

  it('sends parameters along, whatever is in them', () => {
    const parameters = { room: `"a" & 'b' <c>\u0000\u0008\ud800`, empty: '' };
    expect(twiml({ ...place, parameters })).toContain(
      '<Parameter name="room" value="&quot;a&quot; &amp; &apos;b&apos; &lt;c&gt;"/>' +
        '<Parameter name="empty" value=""/></Stream>',
    );
  });

  it.each(['[::1]:8000', '127.0.0.1', 'a-b.example:1'])('takes the host %s', (host) => {
    expect(twiml({ ...place, host })).toContain(`wss://${host}/`);
  });

  it.each(['', 'a b', 'a/b', 'a"b', 'a:b', 'user@host', 'a<b'])('refuses the host %j', (host) => {
    expect(() => twiml({ ...place, host })).toThrow(TypeError);
  });

  it('refuses a path that does not begin at the root', () => {
    expect(() => twiml({ ...place, path: 'handler' })).toThrow(TypeError);
  });
});

describe('isSecureRequest', () => {
  it.each([
    [undefined, false, false],
    [undefined, true, true],
    ['https', false, true],
    ['wss', false, true],
    ['http', true, false],
    ['https, http', false, true],
    [' HTTPS ', false, true],
    ['', true, true],
  ])('of %j on a socket with TLS %s is %s', (forwarded, encrypted, secure) => {
    expect(isSecureRequest({ 'x-forwarded-proto': forwarded }, encrypted)).toBe(secure);
  });
});
