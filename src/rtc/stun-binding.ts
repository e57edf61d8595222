import { timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HmacSha1 } from './hmac-sha1.js';

const headerSize = 20;
const magicCookie = 0x2112_a442;
const bindingRequest = 0x0001;
const bindingResponse = 0x0101;
const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;
const digestSize = 20;
/** Both ends of a message: the digest and the check sum, with their headers. */
const tailSize = 4 + digestSize + 8;

/** What a request says. */
export interface BindingRequest {
  /** 12 bytes, random. */
  transactionId: Uint8Array;
  /** The peer's fragment, a colon, and ours. */
  username: string;
  /** Of a candidate that the peer would learn of by this. */
  priority: number;
  /** True for the side that chooses the path: it chooses this one. */
  controlling: boolean;
  tieBreaker: bigint;
}

/** A binding request as ICE wants it (RFC 8445, 7.1); `integrity` is made of the peer's password. */
export function writeBindingRequest(request: BindingRequest, integrity: HmacSha1): Buffer {
  const username = Buffer.from(request.username, 'utf8');
  const padded = (username.length + 3) & ~3;
  // A path is chosen anew with every request, so that one who missed it, or sees us come from another address, follows.
  const nomination = request.controlling ? 4 : 0;
  const size = 4 + padded + 8 + 12 + nomination;
  const message = begin(bindingRequest, request.transactionId, size);
  let at = writeAttribute(message, headerSize, attributes.username, username.length);
  message.set(username, at);
  at = writeAttribute(message, at + padded, attributes.priority, 4);
  message.writeUInt32BE(request.priority, at);
  const role = request.controlling ? attributes.iceControlling : attributes.iceControlled;
  at = writeAttribute(message, at + 4, role, 8);
  message.writeBigUInt64BE(request.tieBreaker, at);
  at += 8;
  if (request.controlling) at = writeAttribute(message, at, attributes.useCandidate, 0);
  return finish(message, at, integrity);
}

/**
 * The answer to a genuine request from `address` (RFC 8445, 7.3.1.2): where we see the peer; `integrity` is made of our own
 * password. `null` for an address that is none.
 */
export function writeBindingResponse(
  request: Buffer,
  [host, port]: readonly [string, number],
  integrity: HmacSha1,
): Buffer | null {
  const address = addressBytes(host);
  if (address === null) return null;
  const transactionId = request.subarray(8, headerSize);
  const message = begin(bindingResponse, transactionId, 8 + address.length);
  const at = writeAttribute(message, headerSize, attributes.xorMappedAddress, 4 + address.length);
  message[at] = 0;
  message[at + 1] = address.length === 4 ? 1 : 2;
  message.writeUInt16BE(port ^ (magicCookie >>> 16), at + 2);
  // Mixed with the cookie, an IPv6 address with the transaction behind it (RFC 8489, 14.2).
  for (const [i, byte] of address.entries())
    message[at + 4 + i] = byte ^ (message[4 + i] as number);
  return finish(message, at + 4 + address.length, integrity);
}

/** True for a genuine answer to the request of that transaction; `integrity` is made of the peer's password. */
export function isBindingResponse(
  data: Buffer,
  transactionId: Uint8Array,
  integrity: HmacSha1,
): boolean {
  if (data.length < headerSize || data.readUInt16BE(0) !== bindingResponse) return false;
  if (data.compare(transactionId, 0, 12, 8, headerSize) !== 0) return false;
  for (let at = headerSize; at + 4 <= data.length;) {
    const length = data.readUInt16BE(at + 2);
    if (data.readUInt16BE(at) === attributes.messageIntegrity) {
      const end = at + 4 + digestSize;
      if (length !== digestSize || end > data.length) return false;
      // The digest covers all before it, with a length that ends behind it (RFC 8489, 14.5).
      const covered = Buffer.from(data.subarray(0, at));
      covered.writeUInt16BE(end - headerSize, 2);
      return timingSafeEqual(integrity.of(covered), data.subarray(at + 4, end));
    }
    at += 4 + ((length + 3) & ~3);
  }
  return false;
}

/** The bytes of an IP address; `null` when it is none. */
export function addressBytes(host: string): Uint8Array | null {
  if (!host.includes(':')) return readIpv4(host);
  const [head = '', tail, ...more] = host.split('::');
  if (more.length > 0) return null;
  const before = readGroups(head);
  const behind = tail === undefined ? [] : readGroups(tail);
  if (before === null || behind === null) return null;
  const missing = 16 - before.length - behind.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return null;
  return Uint8Array.from([...before, ...new Array<number>(missing).fill(0), ...behind]);
}

function readIpv4(text: string): Uint8Array | null {
  const parts = text.split('.').map(Number);
  const valid = parts.length === 4 && parts.every((part) => part >= 0 && part <= 255);
  return valid ? Uint8Array.from(parts) : null;
}

/** The last group may be an IPv4 address. */
function readGroups(text: string): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    const ipv4 = group.includes('.') ? readIpv4(group) : null;
    if (ipv4 !== null) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return null;
  }
  return bytes;
}

/** A message with room for so many bytes of attributes, and what ends it. */
function begin(type: number, transactionId: Uint8Array, size: number): Buffer {
  const message = Buffer.alloc(headerSize + size + tailSize);
  message.writeUInt16BE(type, 0);
  message.writeUInt32BE(magicCookie, 4);
  message.set(transactionId, 8);
  return message;
}

/** Returns where its value begins. */
function writeAttribute(message: Buffer, at: number, type: number, length: number): number {
  message.writeUInt16BE(type, at);
  message.writeUInt16BE(length, at + 2);
  return at + 4;
}

/** Adds the digest and the check sum; each covers a header whose length ends behind itself (RFC 8489, 14.5 and 14.7). */
function finish(message: Buffer, end: number, integrity: HmacSha1): Buffer {
  const digestEnd = end + 4 + digestSize;
  message.writeUInt16BE(digestEnd - headerSize, 2);
  const digest = integrity.of(message.subarray(0, end));
  message.set(digest, writeAttribute(message, end, attributes.messageIntegrity, digestSize));
  message.writeUInt16BE(digestEnd + 8 - headerSize, 2);
  const sum = (crc32(message.subarray(0, digestEnd)) ^ 0x5354_554e) >>> 0;
  message.writeUInt32BE(sum, writeAttribute(message, digestEnd, attributes.fingerprint, 4));
  return message;
}
