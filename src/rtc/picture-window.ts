import type { ReceivedRtp } from './rtp-packet.js';

/** Packets kept: three seconds at 3 Mbit/s. */
const maxPackets = 1024;
/** Bytes kept, whatever size the packets have. */
const maxBytes = 4 * 1024 * 1024;
/** Beginnings of key pictures that are remembered; one is enough to go on. */
const maxKeyStarts = 4;

/** The packets from the next picture on, and which of them make whole pictures. */
export class PictureWindow {
  readonly #startsKeyFrame: (payload: Buffer) => boolean;
  readonly #packets: Map<number, ReceivedRtp> = new Map();
  #next: number | null = null;
  #bytes = 0;
  #keyStarts: number[] = [];
  /** How far the next picture has been looked through. */
  #scanned: number | null = null;

  constructor(startsKeyFrame: (payload: Buffer) => boolean) {
    this.#startsKeyFrame = startsKeyFrame;
  }

  /** Number of the first packet that counts; `null` before the first. */
  get next(): number | null {
    return this.#next;
  }

  /** Keeps a packet; late and known ones are passed over. False when there is no room for it. */
  add(packet: ReceivedRtp): boolean {
    const { index, payload } = packet;
    if (this.#next === null || index < this.#next || this.#packets.has(index)) return true;
    if (index - this.#next >= maxPackets || this.#bytes + payload.length > maxBytes) return false;
    this.#packets.set(index, packet);
    this.#bytes += payload.length;
    if (this.#startsKeyFrame(payload)) {
      this.#keyStarts.push(index);
      this.#keyStarts = this.#keyStarts.sort((a, b) => a - b).slice(-maxKeyStarts);
    }
    return true;
  }

  /**
   * The packets of the next whole picture, which leave the window; a key picture is taken even if something is
   * missing before it, which then leaves the window too. `null` when there is none.
   *
   * @param keyOnly - Nothing but a key picture will do.
   */
  take(keyOnly: boolean): ReceivedRtp[] | null {
    if (this.#next === null) return null;
    const starts = keyOnly ? this.#keyStarts : [this.#next, ...this.#keyStarts];
    for (const start of starts) {
      const end = this.#endOf(start);
      if (end !== null) return this.#cut(start, end);
    }
    return null;
  }

  /** True when a key picture has begun to come. */
  get hasKeyStart(): boolean {
    return this.#keyStarts.length > 0;
  }

  /** Lets go of everything before `index`. */
  dropBelow(index: number): void {
    if (this.#next !== null && index > this.#next) this.#advance(index);
  }

  /** Lets go of everything before the next key picture; of everything, if there is none. */
  dropDeltas(): void {
    if (this.#next === null) return;
    const [start] = this.#keyStarts;
    if (start !== undefined) this.dropBelow(start);
    else this.clear(this.#packets.size === 0 ? this.#next : Math.max(...this.#packets.keys()) + 1);
  }

  /** Empties it; the next packet that counts is `next`. */
  clear(next: number | null): void {
    this.#packets.clear();
    this.#next = next;
    this.#bytes = 0;
    this.#keyStarts = [];
    this.#scanned = null;
  }

  /** The last packet of the picture that begins at `start`; `null` while it is not all there. */
  #endOf(start: number): number | null {
    const first = this.#packets.get(start);
    if (first === undefined) return null;
    const isNext = start === this.#next;
    for (let index = (isNext ? this.#scanned : null) ?? start; ; index++) {
      const packet = this.#packets.get(index);
      if (isNext) this.#scanned = index;
      if (packet === undefined) return null;
      // The marker bit ends it, or the next one's time: some senders set none.
      if (packet.timestamp !== first.timestamp) return index - 1;
      if (packet.marker || (index === start && packet.payload.length === 0)) return index;
    }
  }

  #cut(start: number, end: number): ReceivedRtp[] {
    this.#advance(start);
    const picture: ReceivedRtp[] = [];
    for (let index = start; index <= end; index++) {
      picture.push(this.#packets.get(index) as ReceivedRtp);
    }
    this.#advance(end + 1);
    return picture;
  }

  #advance(next: number): void {
    for (const [index, packet] of this.#packets) {
      if (index >= next) continue;
      this.#packets.delete(index);
      this.#bytes -= packet.payload.length;
    }
    this.#next = next;
    this.#keyStarts = this.#keyStarts.filter((start) => start >= next);
    this.#scanned = null;
  }
}
