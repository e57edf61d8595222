/** SRTP profile AEAD_AES_128_GCM (RFC 7714, 14.2). */
export const aeadAes128Gcm: number = 7;

/** Makes the nonces of one direction. */
export class GcmNonce {
  readonly #nonce: Buffer;
  readonly #salt: readonly [number, number, number];

  /** @param salt - At least 12 bytes, as they came out of the handshake. */
  constructor(salt: Buffer) {
    this.#nonce = Buffer.from(salt.subarray(0, 12));
    this.#salt = [salt.readUInt32BE(2), salt.readUInt32BE(6), salt.readUInt16BE(10)];
  }

  /**
   * Two zero bytes, SSRC, roll-over count and sequence number, mixed with the salt (RFC 7714, 8.1); valid until the
   * next call.
   *
   * @param rollOvers - How often the sequence number has begun anew.
   */
  of(ssrc: number, rollOvers: number, sequenceNumber: number): Buffer {
    const [first, second, third] = this.#salt;
    this.#nonce.writeUInt32BE((ssrc ^ first) >>> 0, 2);
    this.#nonce.writeUInt32BE((rollOvers ^ second) >>> 0, 6);
    this.#nonce.writeUInt16BE(sequenceNumber ^ third, 10);
    return this.#nonce;
  }
}
