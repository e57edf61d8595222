/** Packets that are encrypted and sent at once. */
const maxPackets = 16;
/** Room in front of each packet: SRTP's authentication puts its key there. */
const roomBefore = 64;
/** Room behind each packet: for the tag, and for work in whole words. */
const roomBehind = 24;
const slabSize = 64 * 1024;

/**
 * A few packets of one stream on their way to the socket, one behind the other in memory that all viewers of a thread
 * share: filled, encrypted in place and sent without a pause in between.
 */
export class PacketRun {
  /** Where the packets lie. */
  bytes!: Buffer;
  /** The same in words; packets and payloads begin at whole ones. */
  words!: Uint32Array;
  /** Whose packets they are. */
  ssrc = 0;
  /** Packets so far. */
  count = 0;
  /** First byte of each packet. */
  readonly starts: Int32Array = new Int32Array(maxPackets);
  /** First byte of each payload. */
  readonly bodies: Int32Array = new Int32Array(maxPackets);
  /** The byte behind each packet; encryption moves it. */
  readonly ends: Int32Array = new Int32Array(maxPackets);
  /** Sequence number of each packet, counted on over its roll-overs. */
  readonly indexes: Float64Array = new Float64Array(maxPackets);
  #free = 0;

  constructor() {
    this.renew();
  }

  /** True when a packet with such a payload must wait for the next run. */
  isFull(payloadSize: number): boolean {
    return this.count === maxPackets || this.#free + payloadSize + 256 > slabSize;
  }

  /** Begins anew with no packet. */
  begin(ssrc: number): void {
    this.ssrc = ssrc;
    this.count = 0;
    this.#free = roomBefore;
  }

  /**
   * Makes room for a packet and returns where it begins: the caller writes header and payload.
   *
   * @param headerSize - In bytes, whole words.
   * @param index - The sequence number, counted on over its roll-overs.
   * @throws {RangeError} for a payload that fits into no datagram.
   */
  add(headerSize: number, payloadSize: number, index: number): number {
    const start = this.#free;
    const end = start + headerSize + payloadSize;
    if (end + roomBehind > slabSize) {
      throw new RangeError(`payload: at most ${slabSize - 512} bytes, got ${payloadSize}`);
    }
    const at = this.count++;
    this.starts[at] = start;
    this.bodies[at] = start + headerSize;
    this.ends[at] = end;
    this.indexes[at] = index;
    this.#free = ((end + roomBehind + 3) & ~3) + roomBefore;
    return start;
  }

  /** The packet as bytes; valid until the next run. */
  packet(at: number): Buffer {
    return this.bytes.subarray(this.starts[at], this.ends[at]);
  }

  /** Takes other memory: somebody still reads the packets of this run. */
  renew(): void {
    const memory = new ArrayBuffer(slabSize);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
  }
}

/** The run of this thread. */
export const sharedRun: PacketRun = new PacketRun();
