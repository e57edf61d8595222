import { createHmac, randomBytes } from 'node:crypto';
import { Message, classes, methods, parseMessage } from 'werift';
import { describe, expect, it } from 'vitest';
import { HmacSha1 } from '../../../src/rtc/hmac-sha1.js';
import {
  addressBytes,
  isBindingResponse,
  writeBindingRequest,
  writeBindingResponse,
} from '../../../src/rtc/stun-binding.js';

const password = 'a password of some length';
const key = Buffer.from(password, 'utf8');
const integrity = new HmacSha1(key);

describe('HmacSha1', () => {
  it.each([0, 1, 20, 63, 64, 65, 256])('with a key of %i bytes', (length) => {
    const bytes = randomBytes(length);
    const hmac = new HmacSha1(bytes);
    for (const size of [0, 1, 64, 1200, 5000]) {
      const message = randomBytes(size);
      expect(hmac.of(message)).toEqual(createHmac('sha1', bytes).update(message).digest());
    }
  });
});

describe('STUN binding', () => {
  it.each(['ab:cd', 'abc:d', 'abcdef:gh'])(
    'asks as another implementation reads it: "%s"',
    (username) => {
      const transactionId = randomBytes(12);
      const bytes = writeBindingRequest(
        {
          transactionId,
          username,
          priority: 1_845_501_695,
          controlling: false,
          tieBreaker: 2n ** 63n + 5n,
        },
        integrity,
      );
      const message = parseMessage(bytes, key);
      expect(message).toMatchObject({
        messageMethod: methods.BINDING,
        messageClass: classes.REQUEST,
      });
      expect(message?.transactionId).toEqual(transactionId);
      expect(message?.getAttributeValue('USERNAME')).toBe(username);
      expect(message?.getAttributeValue('PRIORITY')).toBe(1_845_501_695);
      expect(message?.getAttributeValue('ICE-CONTROLLED')).toBe(2n ** 63n + 5n);
      expect(message?.getAttributeValue('MESSAGE-INTEGRITY')).toHaveLength(20);
      expect(message?.getAttributeValue('FINGERPRINT')).toEqual(expect.any(Number));
      expect(parseMessage(bytes, Buffer.from('another'))).toBeUndefined();
    },
  );

  it.each([true, false])('chooses the path where it is to choose: %s', (controlling) => {
    const transactionId = randomBytes(12);
    const bytes = writeBindingRequest(
      { transactionId, username: 'ab:cd', priority: 1, controlling, tieBreaker: 5n },
      integrity,
    );
    const message = parseMessage(bytes, key);
    expect(message?.attributesKeys.includes('USE-CANDIDATE')).toBe(controlling);
    expect(message?.attributesKeys.includes('ICE-CONTROLLING')).toBe(controlling);
  });

  it.each([
    ['192.0.2.7', 50_000],
    ['2001:db8::1:ff', 9],
  ])('answers as another implementation reads it: %s', (host, port) => {
    const request = new Message(methods.BINDING, classes.REQUEST);
    request.addMessageIntegrity(key).addFingerprint();
    const bytes = writeBindingResponse(request.bytes, [host, port], integrity);
    const message = parseMessage(bytes as Buffer, key);
    expect(message).toMatchObject({
      messageMethod: methods.BINDING,
      messageClass: classes.RESPONSE,
    });
    expect(message?.transactionId).toEqual(request.transactionId);
    const [seen, seenPort] = message?.getAttributeValue('XOR-MAPPED-ADDRESS') as [string, number];
    expect(addressBytes(seen)).toEqual(addressBytes(host));
    expect(seenPort).toBe(port);
    expect(isBindingResponse(bytes as Buffer, request.transactionId, integrity)).toBe(true);
  });

  it('takes no answer that is forged, cut off, or to another request', () => {
    const transactionId = randomBytes(12);
    const response = new Message(methods.BINDING, classes.RESPONSE, transactionId);
    response.setAttribute('XOR-MAPPED-ADDRESS', ['192.0.2.7', 9]);
    const bytes = Buffer.from(response.addMessageIntegrity(key).addFingerprint().bytes);
    expect(isBindingResponse(bytes, transactionId, integrity)).toBe(true);
    expect(isBindingResponse(bytes, randomBytes(12), integrity)).toBe(false);
    expect(isBindingResponse(bytes, transactionId, new HmacSha1(Buffer.from('x')))).toBe(false);
    for (let length = 0; length < bytes.length - 8; length++) {
      expect(isBindingResponse(bytes.subarray(0, length), transactionId, integrity)).toBe(false);
    }
    for (let at = 8; at < bytes.length - 8; at++) {
      const forged = Buffer.from(bytes);
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect(isBindingResponse(forged, transactionId, integrity)).toBe(false);
    }
  });

  it('reads addresses', () => {
    const hex = (host: string): string | undefined =>
      addressBytes(host) === null
        ? undefined
        : Buffer.from(addressBytes(host) ?? []).toString('hex');
    expect(hex('127.0.0.1')).toBe('7f000001');
    expect(hex('::')).toBe('0'.repeat(32));
    expect(hex('::1')).toBe(`${'0'.repeat(31)}1`);
    expect(hex('fe80::')).toBe(`fe80${'0'.repeat(28)}`);
    expect(hex('1:2:3:4:5:6:7:8')).toBe('00010002000300040005000600070008');
    expect(hex('::ffff:192.0.2.1')).toBe('00000000000000000000ffffc0000201');
    for (const wrong of [
      '',
      'x',
      '1.2.3',
      '1.2.3.256',
      '1:2',
      '1::2::3',
      ':::',
      '12345::',
      'g::',
    ]) {
      expect(addressBytes(wrong)).toBeNull();
    }
  });
});
