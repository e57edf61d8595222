import { Message, classes, methods } from 'werift';
import { describe, expect, it } from 'vitest';
import { classifyStun } from '../../../src/rtc/stun-guard.js';

const password = 'our-password-is-long-enough';

function request(options: { user?: string; key?: string; nominate?: boolean } = {}): Buffer {
  const message = new Message(methods.BINDING, classes.REQUEST);
  message.setAttribute('USERNAME', options.user ?? 'ours:theirs').setAttribute('PRIORITY', 1);
  if (options.nominate) message.setAttribute('USE-CANDIDATE', null);
  message.addMessageIntegrity(Buffer.from(options.key ?? password)).addFingerprint();
  return message.bytes;
}

const classify = (data: Buffer): string => classifyStun(data, 'ours', password);

describe('classifyStun', () => {
  it('knows the requests of one who knows the password', () => {
    expect(classify(request())).toBe('request');
    expect(classify(request({ nominate: true }))).toBe('nomination');
  });

  it.each([
    ['another password', request({ key: 'another' })],
    ['another user', request({ user: 'other:theirs' })],
    ['no integrity', new Message(methods.BINDING, classes.REQUEST).bytes],
    ['an attribute longer than the packet', request().fill(0xff, 22, 24)],
    ['a changed byte', request().fill(7, 30, 31)],
  ])('calls a request with %s forged', (_what, data) => {
    expect(classify(data)).toBe('forged');
  });

  it('tells responses, and what is no STUN', () => {
    expect(classify(new Message(methods.BINDING, classes.RESPONSE).bytes)).toBe('response');
    for (const data of [Buffer.alloc(0), Buffer.alloc(40), Buffer.alloc(1200, 0x80)]) {
      expect(classify(data)).toBe('none');
    }
  });

  it('takes any bytes', () => {
    const valid = request();
    for (let length = 0; length <= valid.length; length++) classify(valid.subarray(0, length));
    for (let i = 0; i < valid.length; i++) {
      const data = Buffer.from(valid);
      data[i] = (data[i] ?? 0) ^ 0xff;
      expect(['forged', 'none', 'response', 'request']).toContain(classify(data));
    }
  });
});
