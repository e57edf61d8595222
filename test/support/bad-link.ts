import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { SeededRandom } from './seeded-random.js';

/** What one direction of a {@link BadLink} does to packets. */
export interface LinkConditions {
  /** Share of packets that get lost, 0 to 1. Default 0. */
  loss?: number;
  /** Mean number of packets lost in a row. Default 1: each on its own. */
  burst?: number;
  /** Every packet takes so long, ms. Default 0. */
  delayMs?: number;
  /** Up to so much is added, at random, ms; packets stay in order. Default 0. */
  jitterMs?: number;
  /** Share of packets that are overtaken by those of the next 20 ms. Default 0. */
  reorder?: number;
  /** Share of packets that arrive twice. Default 0. */
  duplicate?: number;
  /** Bits a second that go through, IP and UDP headers counted; `null` for any number. Default `null`. */
  bitrate?: number | null;
  /** What waits longer for its turn than that is lost, ms. Default 500. */
  queueMs?: number;
}

/** Packets of one direction since the start. */
export interface LinkCounts {
  packets: number;
  bytes: number;
  lost: number;
  /** Lost because the queue was full; counted in `lost` too. */
  overflowed: number;
  duplicated: number;
  reordered: number;
}

interface Waiting {
  atMs: number;
  data: Buffer;
}

/** IPv4 and UDP. */
const headerBytes = 28;
const overtakenMs = 20;

/** One direction: takes packets, and hands them on as its conditions allow. */
class Direction {
  conditions: LinkConditions = {};
  /** Nothing goes through before, by `performance.now()`. */
  outageUntilMs = 0;
  readonly counts: LinkCounts = {
    packets: 0,
    bytes: 0,
    lost: 0,
    overflowed: 0,
    duplicated: 0,
    reordered: 0,
  };
  readonly #random: SeededRandom;
  readonly #deliver: (data: Buffer) => void;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #freeAtMs = 0;
  #lastAtMs = 0;
  #losing = false;

  constructor(seed: number, deliver: (data: Buffer) => void) {
    this.#random = new SeededRandom(seed);
    this.#deliver = deliver;
  }

  /** Longest that a packet which came now would wait for its turn, ms. */
  get queueMs(): number {
    return Math.max(0, this.#freeAtMs - performance.now());
  }

  take(data: Buffer): void {
    const now = performance.now();
    this.counts.packets += 1;
    this.counts.bytes += data.length;
    if (now < this.outageUntilMs || this.#isLost()) {
      this.counts.lost += 1;
      return;
    }
    const passedAtMs = this.#pass(now, data.length);
    if (passedAtMs === null) return;
    this.#schedule(passedAtMs, data);
    if (this.#random.chance(this.conditions.duplicate ?? 0)) {
      this.counts.duplicated += 1;
      this.#schedule(passedAtMs, data);
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }

  /** After Gilbert: in a burst the next one is lost as well with a chance that makes its mean length. */
  #isLost(): boolean {
    const { loss = 0, burst = 1 } = this.conditions;
    if (loss === 0) return false;
    const leave = 1 / burst;
    const enter = burst === 1 ? loss : (loss * leave) / (1 - loss);
    const inBurst = this.#losing && burst > 1;
    this.#losing = this.#random.chance(inBurst ? 1 - leave : enter);
    return this.#losing;
  }

  /** When the packet is through the bottleneck; `null` when its queue is full. */
  #pass(now: number, bytes: number): number | null {
    const { bitrate = null, queueMs = 500 } = this.conditions;
    if (bitrate === null) return now;
    const begin = Math.max(now, this.#freeAtMs);
    if (begin - now > queueMs) {
      this.counts.lost += 1;
      this.counts.overflowed += 1;
      return null;
    }
    this.#freeAtMs = begin + ((bytes + headerBytes) * 8000) / bitrate;
    return this.#freeAtMs;
  }

  #schedule(passedAtMs: number, data: Buffer): void {
    const { delayMs = 0, jitterMs = 0, reorder = 0 } = this.conditions;
    let atMs = passedAtMs + delayMs + jitterMs * this.#random.next();
    if (this.#random.chance(reorder)) {
      this.counts.reordered += 1;
      atMs += overtakenMs;
    } else {
      atMs = Math.max(atMs, this.#lastAtMs);
      this.#lastAtMs = atMs;
    }
    if (atMs <= performance.now() && this.#waiting.length === 0) {
      this.#deliver(data);
      return;
    }
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1] as Waiting).atMs > atMs) place -= 1;
    this.#waiting.splice(place, 0, { atMs, data });
    if (place === 0) this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#timer = null;
      return;
    }
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, first.atMs - performance.now()));
  }

  #flush(): void {
    this.#timer = null;
    // A timer may fire 1 ms early.
    const horizon = performance.now() + 1;
    while ((this.#waiting[0]?.atMs ?? Infinity) <= horizon) {
      this.#deliver((this.#waiting.shift() as Waiting).data);
    }
    this.#arm();
  }
}

/**
 * A relay that stands between a server and one viewer on this machine, and is as bad as it is told. Both descriptions go
 * through it: {@link hideViewer} takes the viewer's addresses out of an offer, {@link answerThrough} puts the relay's in
 * place of the server's. Whoever opened it closes it.
 */
export class BadLink {
  readonly #front: Socket;
  readonly #back: Socket;
  readonly #down: Direction;
  readonly #up: Direction;
  #viewer: RemoteInfo | null = null;
  #serverPort = 0;
  #closed = false;

  private constructor(front: Socket, back: Socket, seed: number) {
    this.#front = front;
    this.#back = back;
    this.#down = new Direction(seed, (data) => {
      if (this.#viewer !== null && !this.#closed) {
        front.send(data, this.#viewer.port, this.#viewer.address);
      }
    });
    this.#up = new Direction(seed + 1, (data) => {
      if (this.#serverPort > 0 && !this.#closed) back.send(data, this.#serverPort, '127.0.0.1');
    });
    front.on('message', (data, from) => {
      this.#viewer = from;
      this.#up.take(data);
    });
    back.on('message', (data) => this.#down.take(data));
    for (const socket of [front, back]) socket.on('error', () => undefined);
  }

  /** @param seed - The same one loses the same packets. */
  static async open(seed = 1): Promise<BadLink> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    await Promise.all(
      sockets.map((socket) => {
        socket.bind(0, '127.0.0.1');
        return once(socket, 'listening');
      }),
    );
    for (const socket of sockets) socket.setRecvBufferSize(1 << 20);
    return new BadLink(sockets[0], sockets[1], seed);
  }

  /** From the server to the viewer: counts so far. */
  get down(): Readonly<LinkCounts> {
    return { ...this.#down.counts };
  }

  /** From the viewer to the server: counts so far. */
  get up(): Readonly<LinkCounts> {
    return { ...this.#up.counts };
  }

  /** How long a packet to the viewer would wait for its turn now, ms. */
  get downQueueMs(): number {
    return this.#down.queueMs;
  }

  /** From now on; what is left out is as good as can be. */
  set(conditions: { down?: LinkConditions; up?: LinkConditions }): void {
    this.#down.conditions = conditions.down ?? {};
    this.#up.conditions = conditions.up ?? {};
  }

  /** Nothing goes through for so long, ms, either way. */
  cut(ms: number): void {
    const until = performance.now() + ms;
    this.#down.outageUntilMs = until;
    this.#up.outageUntilMs = until;
  }

  /** The offer without the viewer's addresses: it is found by its own packets, which come through the relay. */
  hideViewer(sdp: string): string {
    return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, '');
  }

  /** The answer with the relay's address in place of the server's. */
  answerThrough(sdp: string): string {
    const own = /^a=candidate:\S+ 1 udp \d+ (?!\S*:)\S+ (\d+) typ host/im.exec(sdp);
    if (own === null) throw new Error(`no IPv4 host candidate in the answer:\n${sdp}`);
    this.#serverPort = Number(own[1]);
    let first = true;
    return sdp.replace(/^a=candidate:.*\r?\n/gm, () => {
      if (!first) return '';
      first = false;
      return `a=candidate:1 1 udp 2130706431 127.0.0.1 ${this.#front.address().port} typ host\r\n`;
    });
  }

  /** Lets go of both sockets. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#down.close();
    this.#up.close();
    await Promise.all(
      [this.#front, this.#back].map(
        (socket) => new Promise<void>((resolve) => socket.close(() => resolve())),
      ),
    );
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
