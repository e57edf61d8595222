import { isIP } from 'node:net';
import { NegotiationError } from '../errors.js';
import type { PeerOffer, RemoteCandidate } from './peer-offer.js';
import { allAttributes, findAttribute } from './sdp-text.js';
import type { SdpText } from './sdp-text.js';

/** Parts of a description that may hold an attribute, nearest first. */
export interface TransportScopes {
  /** Looked through in this order. */
  readonly nearest: readonly Pick<SdpText, 'attributes'>[];
}

/** More than any peer has; each one costs up to five packets to wherever it points. */
export const maxCandidates: number = 20;

const candidateTypes = ['host', 'srflx', 'prflx', 'relay'] as const;

const hashes = new Set(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']);

/**
 * ICE credentials and candidates (RFC 8839).
 *
 * @throws {NegotiationError} `invalid-sdp` without usable credentials.
 */
export function readIce(
  scopes: TransportScopes,
  candidateLines: readonly string[],
): PeerOffer['ice'] {
  const usernameFragment = find(scopes, 'ice-ufrag') ?? '';
  const password = find(scopes, 'ice-pwd') ?? '';
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(usernameFragment)) throw missing('a=ice-ufrag');
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(password)) throw missing('a=ice-pwd');
  return {
    usernameFragment,
    password,
    lite: find(scopes, 'ice-lite') !== undefined,
    candidates: candidateLines
      .map(parseCandidateValue)
      .filter((candidate) => candidate !== null)
      .filter(isUsable)
      .slice(0, maxCandidates),
  };
}

/**
 * The certificate's fingerprint and the DTLS role (RFC 8842).
 *
 * @throws {NegotiationError} `invalid-sdp` without a fingerprint of a hash that we know.
 */
export function readDtls(scopes: TransportScopes): PeerOffer['dtls'] {
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
 * Reads a candidate as browsers send it, `candidate:1 1 udp 2122260223 192.0.2.2 5000 typ host ...`; what
 * follows the type (`raddr`, `tcptype`, `generation`, ...) is left alone. Understood is not yet of use:
 * `MediaPeer.addIceCandidate` passes over TCP and names of mDNS.
 *
 * @param text - With or without `a=` before it.
 * @returns `null` when it is no candidate.
 */
export function parseCandidate(text: string): RemoteCandidate | null {
  const [, value] = /^(?:a=)?candidate:(.{1,1000})$/.exec(text.trim()) ?? [];
  return value === undefined ? null : parseCandidateValue(value);
}

/** From the value of `a=candidate` (RFC 8839, 5.1). */
function parseCandidateValue(value: string): RemoteCandidate | null {
  const [foundation = '', component, transport = '', priority, address = '', port, typ, type] =
    value.trim().split(/ +/);
  const protocol = transport.toLowerCase();
  const known = candidateTypes.find((name) => name === type);
  if (typ !== 'typ' || known === undefined || (protocol !== 'udp' && protocol !== 'tcp')) {
    return null;
  }
  if (!/^[A-Za-z0-9+/]{1,32}$/.test(foundation) || !/^[\w.:-]{1,255}$/.test(address)) return null;
  const componentNumber = readInteger(component, 256);
  const priorityNumber = readInteger(priority, 0xffff_ffff);
  const portNumber = readInteger(port, 65_535);
  if (componentNumber === null || priorityNumber === null || portNumber === null) return null;
  return {
    foundation,
    component: componentNumber,
    protocol,
    priority: priorityNumber,
    address,
    port: portNumber,
    type: known,
  };
}

/**
 * False for what is of no use to us: TCP, RTCP's own, names, addresses that are nobody's own. A peer behind an
 * mDNS name (`….local`) is found by its own first packet, as peer-reflexive (RFC 8445, 7.3.1.3).
 */
export function isUsable({ component, protocol, address, port, type }: RemoteCandidate): boolean {
  if (component !== 1 || protocol !== 'udp' || type === 'prflx' || port === 0) return false;
  return isIP(address) !== 0 && !isGroup(address);
}

/** True for addresses that are nobody's own: unspecified, multicast, broadcast. */
function isGroup(address: string): boolean {
  if (address.includes(':')) return address === '::' || /^ff/i.test(address);
  const first = Number(address.split('.')[0]);
  return first === 0 || first >= 224;
}

function readInteger(text: string | undefined, max: number): number | null {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return null;
  const number = Number(text);
  return number <= max ? number : null;
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
