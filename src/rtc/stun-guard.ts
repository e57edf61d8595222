import { createHmac, timingSafeEqual } from 'node:crypto';

const headerLength = 20;
const magicCookie = 0x2112_a442;
const attributes = { username: 0x0006, messageIntegrity: 0x0008, useCandidate: 0x0025 } as const;

/** What a datagram is to ICE. */
export type StunKind = 'none' | 'response' | 'request' | 'nomination' | 'forged';

/**
 * Tells STUN from media, and requests of the viewer from those of strangers: a request counts only
 * with our user name and a message integrity made with our password (RFC 8445, 7.3; RFC 8489, 9.1.3).
 */
export function classifyStun(data: Buffer, usernameFragment: string, password: string): StunKind {
  if (data.length < headerLength || (data[0] ?? 0) > 3) return 'none';
  if (data.readUInt32BE(4) !== magicCookie) return 'none';
  const type = data.readUInt16BE(0);
  if ((type & 0x0100) !== 0) return 'response';
  if (type !== 0x0001) return 'forged'; // Indications need no answer; nothing else is ICE's.
  return checkRequest(data, usernameFragment, password);
}

function checkRequest(data: Buffer, usernameFragment: string, password: string): StunKind {
  let known = false;
  let nominates = false;
  for (let at = headerLength; at + 4 <= data.length;) {
    const type = data.readUInt16BE(at);
    const length = data.readUInt16BE(at + 2);
    const value = data.subarray(at + 4, at + 4 + length);
    if (value.length < length) return 'forged';
    if (type === attributes.username) {
      known = value.toString('utf8').startsWith(`${usernameFragment}:`);
    } else if (type === attributes.useCandidate) {
      nominates = true;
    } else if (type === attributes.messageIntegrity) {
      const authentic = known && isAuthentic(data, at, value, password);
      if (!authentic) return 'forged';
      return nominates ? 'nomination' : 'request';
    }
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return 'forged';
}

/** The digest covers all before it, with a length that ends behind it (RFC 8489, 14.5). */
function isAuthentic(data: Buffer, at: number, digest: Buffer, password: string): boolean {
  const covered = Buffer.from(data.subarray(0, at));
  covered.writeUInt16BE(at - headerLength + 24, 2);
  const expected = createHmac('sha1', password).update(covered).digest();
  return digest.length === expected.length && timingSafeEqual(digest, expected);
}
