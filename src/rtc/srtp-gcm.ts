/** SRTP profile AEAD_AES_128_GCM (RFC 7714, 14.2). */
export const aeadAes128Gcm: number = 7;

/** What the nonce of a packet is made from. */
export interface GcmNonceParts {
  ssrc: number;
  /** How often the sequence number has begun anew. */
  rollOvers: number;
  sequenceNumber: number;
}

/** Two zero bytes, SSRC, roll-over count and sequence number, mixed with the salt (RFC 7714, 8.1). */
export function writeGcmNonce(nonce: Buffer, salt: Buffer, parts: GcmNonceParts): void {
  nonce.writeUInt16BE(0, 0);
  nonce.writeUInt32BE(parts.ssrc, 2);
  nonce.writeUInt32BE(parts.rollOvers, 6);
  nonce.writeUInt16BE(parts.sequenceNumber, 10);
  for (let i = 0; i < 12; i++) nonce[i] = (nonce[i] ?? 0) ^ (salt[i] ?? 0);
}
