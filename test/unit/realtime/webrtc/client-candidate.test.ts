import { describe, expect, it } from 'vitest';
import { readCandidate } from '../../../../src/realtime/webrtc/client-candidate.js';

const host = 'candidate:1 1 udp 2122260223 127.0.0.1 5000 typ host';

describe('readCandidate', () => {
  it.each([
    host,
    `${host} generation 0 ufrag abcd network-cost 999`,
    'candidate:2 1 udp 1686052607 192.0.2.1 5000 typ srflx raddr 10.0.0.1 rport 5000',
    'candidate:3 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active',
    'candidate:4 1 udp 2113937151 0b5f3e3a-12.local 5000 typ host',
  ])('takes %s', (candidate) => {
    expect(readCandidate({ candidate, sdpMid: '0', usernameFragment: 'uf' })).toEqual({
      line: candidate,
      usernameFragment: 'uf',
    });
  });

  it.each([[null], [{}], [{ candidate: '' }], [{ candidate: null }], [{ candidate: ' ' }]])(
    'takes %o for the end of candidates',
    (candidate) => {
      expect(readCandidate(candidate)).toEqual({ line: null, usernameFragment: null });
    },
  );

  it.each([
    'candidate:1 1 udp 2122260223 127.0.0.1 5000 typ',
    '1 1 udp 2122260223 127.0.0.1 5000 typ host',
    `a=${host}`,
    'candidate:1 1 udp x 127.0.0.1 5000 typ host',
    'candidate:1 1 udp 2122260223 127.0.0.1 port typ host',
    'candidate:1 1 udp 2122260223 127.0.0.1 5000 type host',
    `${host} ${'x'.repeat(1100)}`,
    42,
    { candidate: host },
  ])('refuses %o', (candidate) => {
    expect(readCandidate({ candidate, sdpMid: '0' })).toBe('invalid_candidate_format');
  });

  it('wants sdpMid or sdpMLineIndex', () => {
    const error = 'Candidate must have either sdpMid or sdpMLineIndex';
    expect(readCandidate({ candidate: host })).toBe(error);
    expect(readCandidate({ candidate: host, sdpMid: null, sdpMLineIndex: null })).toBe(error);
    expect(readCandidate({ candidate: host, sdpMLineIndex: 0 })).toMatchObject({ line: host });
    expect(readCandidate({ candidate: host, sdpMid: '' })).toMatchObject({ line: host });
  });
});
