import { isIP } from 'node:net';
import { NegotiationError } from '../errors.js';
import { allAttributes, findAttribute } from './sdp-text.js';
import type { SdpText } from './sdp-text.js';
import type { RemoteCandidate, ViewerOffer } from './viewer-offer.js';

/** Parts of a description that may hold an attribute, nearest first. */
export interface TransportScopes {
  /** Looked through in this order. */
  readonly nearest: readonly Pick<SdpText, 'attributes'>[];
}

/** More than any viewer has; each one costs up to five packets to wherever it points. */
const maxCandidates = 20;

const hashes = new Set(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']);

/**
 * ICE credentials and candidates (RFC 8839).
 *
 * @throws {NegotiationError} `invalid-sdp` without usable credentials.
 */
export function readIce(
  scopes: TransportScopes,
  candidateLines: readonly string[],
): ViewerOffer['ice'] {
  const usernameFragment = find(scopes, 'ice-ufrag') ?? '';
  const password = find(scopes, 'ice-pwd') ?? '';
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(usernameFragment)) throw missing('a=ice-ufrag');
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(password)) throw missing('a=ice-pwd');
  return {
    usernameFragment,
    password,
    lite: find(scopes, 'ice-lite') !== undefined,
    candidates: candidateLines
      .map(readCandidate)
      .filter((candidate) => candidate !== null)
      .slice(0, maxCandidates),
  };
}

/**
 * The certificate's fingerprint and the DTLS role (RFC 8842).
 *
 * @throws {NegotiationError} `invalid-sdp` without a fingerprint of a hash that we know.
 */
export function readDtls(scopes: TransportScopes): ViewerOffer['dtls'] {
  const holder = scopes.nearest.find((scope) => findAttribute(scope, 'fingerprint') !== undefined);
  const fingerprints = allAttributes(holder ?? { attributes: [] }, 'fingerprint').flatMap(
    (line) => {
      const [algorithm = '', value = ''] = line.split(/ +/);
      const known = hashes.has(algorithm.toLowerCase());
      return known && /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){19,63}$/.test(value)
        ? [{ algorithm: algorithm.toLowerCase(), value }]
        : [];
    },
  );
  if (fingerprints.length === 0) throw missing('a=fingerprint');
  const setup = find(scopes, 'setup') ?? 'actpass';
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') {
    throw new NegotiationError(`sdp: a=setup:${setup.slice(0, 20)} is not for an offer`, {
      code: 'invalid-sdp',
    });
  }
  return { setup, fingerprints };
}

/**
 * One candidate line; `null` for what is of no use to us: TCP, RTCP's own, names. A viewer behind
 * an mDNS name (`….local`) is found by its own first packet, as peer-reflexive (RFC 8445, 7.3.1.3).
 */
function readCandidate(line: string): RemoteCandidate | null {
  const [foundation = '', component, protocol, priority, address = '', port, typ, type] =
    line.split(/ +/);
  if (component !== '1' || protocol?.toLowerCase() !== 'udp' || typ !== 'typ') return null;
  if (type !== 'host' && type !== 'srflx' && type !== 'relay') return null;
  const portNumber = Number(port);
  const priorityNumber = Number(priority);
  if (!Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65_535) return null;
  if (!Number.isInteger(priorityNumber) || priorityNumber < 0 || priorityNumber > 0xffff_ffff) {
    return null;
  }
  if (isIP(address) === 0 || isGroup(address) || !/^[A-Za-z0-9+/]{1,32}$/.test(foundation)) {
    return null;
  }
  return { foundation, priority: priorityNumber, address, port: portNumber, type };
}

/** True for addresses that are nobody's own: unspecified, multicast, broadcast. */
function isGroup(address: string): boolean {
  if (address.includes(':')) return address === '::' || /^ff/i.test(address);
  const first = Number(address.split('.')[0]);
  return first === 0 || first >= 224;
}

function find(scopes: TransportScopes, name: string): string | undefined {
  for (const scope of scopes.nearest) {
    const value = findAttribute(scope, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function missing(what: string): NegotiationError {
  return new NegotiationError(`sdp: ${what} is missing or malformed`, { code: 'invalid-sdp' });
}
