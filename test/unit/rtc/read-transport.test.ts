import { describe, expect, it } from 'vitest';
import { isUsable, parseCandidate } from '../../../src/rtc/read-transport.js';

describe('parseCandidate', () => {
  it('takes 8 parts and more', () => {
    const host = 'candidate:1 1 udp 2122260223 127.0.0.1 5000 typ host';
    const expected = {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 2_122_260_223,
      address: '127.0.0.1',
      port: 5000,
      type: 'host',
    };
    expect(parseCandidate(host)).toEqual(expected);
    expect(parseCandidate(`a=${host}`)).toEqual(expected);
    expect(parseCandidate(`${host} generation 0 ufrag ab12 network-cost 999`)).toEqual(expected);
    expect(
      parseCandidate('candidate:2 1 UDP 1 192.0.2.1 6000 typ srflx raddr 10.0.0.1 rport 5000'),
    ).toMatchObject({ protocol: 'udp', address: '192.0.2.1', type: 'srflx' });
    expect(parseCandidate('candidate:3 1 udp 1 fd00::1 6000 typ relay')).toMatchObject({
      address: 'fd00::1',
    });
  });

  it.each([
    '',
    'candidate:',
    'garbage',
    '1 1 udp 1 127.0.0.1 5000 typ host',
    'candidate:1 1 udp 1 127.0.0.1 5000 host',
    'candidate:1 1 udp 1 127.0.0.1 5000 typ',
    'candidate:1 1 udp 1 127.0.0.1 5000 typ nothing',
    'candidate:1 1 udp 1 127.0.0.1 65536 typ host',
    'candidate:1 1 udp -1 127.0.0.1 5000 typ host',
    'candidate:1 1 udp 4294967296 127.0.0.1 5000 typ host',
    'candidate:1 x udp 1 127.0.0.1 5000 typ host',
    'candidate:1 1 sctp 1 127.0.0.1 5000 typ host',
    'candidate:1 1 udp 1 <script> 5000 typ host',
    `candidate:${'1'.repeat(5000)} 1 udp 1 127.0.0.1 5000 typ host`,
  ])('refuses %j', (text) => {
    expect(parseCandidate(text)).toBeNull();
  });

  it.each([
    ['candidate:1 1 udp 1 192.0.2.1 5000 typ host', true],
    ['candidate:1 1 udp 1 0a1b.local 5000 typ host', false],
    ['candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active', false],
    ['candidate:1 2 udp 1 192.0.2.1 5000 typ host', false],
    ['candidate:1 1 udp 1 239.0.0.1 5000 typ host', false],
    ['candidate:1 1 udp 1 0.0.0.0 5000 typ host', false],
    ['candidate:1 1 udp 1 ff02::1 5000 typ host', false],
    ['candidate:1 1 udp 1 192.0.2.1 0 typ host', false],
    ['candidate:1 1 udp 1 192.0.2.1 5000 typ prflx', false],
  ])('%s is of use: %s', (text, usable) => {
    const candidate = parseCandidate(text);
    expect(candidate && isUsable(candidate)).toBe(usable);
  });
});
