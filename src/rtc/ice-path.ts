import { CandidatePairState, Message, candidatePriority, classes, methods } from 'werift';
import type { CandidatePair } from 'werift';
import { GuardedProtocol } from './guarded-protocol.js';
import { sameAddress, tieBreakerOf } from './ice-connection.js';
import type { IceConnection } from './ice-connection.js';
import { KeepAlives } from './keep-alives.js';
import type { PacketRun } from './packet-run.js';
import { SignsOfLife } from './signs-of-life.js';

/** How long an answer to a keep-alive is waited for. */
const probeTimeoutMs = 1900;
/** The viewer may move to another path once the chosen one has been silent for so many ticks. */
const movableAfterTicks = 3;

/**
 * The path in use, from the moment ICE has chosen one: sends over it, keeps it alive, counts its silence, and goes
 * with a viewer that moves. Holds no socket.
 */
export class IcePath {
  /** Round trip of the newest keep-alive, in ms; `null` before the first. */
  roundTripMs: number | null = null;
  readonly #connection: IceConnection;
  readonly #signs: SignsOfLife = new SignsOfLife();
  #keeper: KeepAlives | null = null;
  #silentTicks = 0;

  constructor(connection: IceConnection) {
    this.#connection = connection;
    // Through a TURN server packets come past our sockets.
    connection.onData.subscribe(() => {
      const pair = connection.nominated;
      if (pair !== undefined && !(pair.protocol instanceof GuardedProtocol)) this.noteSign();
    });
  }

  /** True once packets have a way to the viewer. */
  get found(): boolean {
    return this.#connection.nominated !== undefined;
  }

  /** Our port, and the viewer's address; `null` without a path, or through a TURN server. */
  get ends(): { readonly port: number; readonly remote: readonly [string, number] } | null {
    const pair = this.#connection.nominated;
    if (!(pair?.protocol instanceof GuardedProtocol)) return null;
    return { port: pair.protocol.port.address.port, remote: pair.remoteAddr };
  }

  /** Bytes that the kernel has not taken yet. */
  get backlog(): number {
    const protocol = this.#connection.nominated?.protocol;
    return protocol instanceof GuardedProtocol ? protocol.port.backlog : 0;
  }

  /** Sends to the viewer at once, or not at all. */
  send(data: Buffer): void {
    const pair = this.#connection.nominated;
    if (pair === undefined) return;
    if (pair.protocol instanceof GuardedProtocol) {
      void pair.protocol.port.send(data, pair.remoteAddr);
    } else {
      this.#connection.send(data).catch(() => undefined);
    }
  }

  /** Sends packets to the viewer at once, or not at all; returns their bytes. */
  sendRun(run: PacketRun): number {
    const pair = this.#connection.nominated;
    if (pair === undefined) return 0;
    if (pair.protocol instanceof GuardedProtocol)
      return pair.protocol.port.sendRun(run, pair.remoteAddr);
    let bytes = 0;
    for (let i = 0; i < run.count; i++) {
      const packet = run.packet(i);
      bytes += packet.length;
      // It may wait there, and the run is used again.
      this.#connection.send(Buffer.from(packet)).catch(() => undefined);
    }
    return bytes;
  }

  /** True for what comes by it. */
  carries(protocol: GuardedProtocol, address: readonly [string, number]): boolean {
    const { nominated } = this.#connection;
    return nominated?.protocol === protocol && sameAddress(nominated.remoteAddr, address);
  }

  /** Something came by it. */
  noteSign(): void {
    this.#silentTicks = 0;
    this.#signs.note();
  }

  /** The peer was heard for sure, by whatever way. */
  notePeer(): void {
    this.#signs.note();
  }

  /** To be called once a second; returns the silent seconds before this one. None are counted without a path. */
  tick(): number {
    return this.found ? this.#silentTicks++ : 0;
  }

  /** Asks the viewer for a sign of life (RFC 7675); the answer counts as one. */
  probe(): void {
    const pair = this.#connection.nominated;
    if (pair === undefined) return;
    if (pair.protocol instanceof GuardedProtocol) {
      void pair.protocol.port.send(this.#keepAlives.ask(), pair.remoteAddr);
    } else this.#probeThroughServer(pair);
  }

  /**
   * Asks for a sign of life now, and again while none comes: true as soon as anything of the peer is heard,
   * false after `timeoutMs` without, or once closed.
   */
  isAlive(timeoutMs: number): Promise<boolean> {
    return this.#signs.wait(() => {
      this.probe();
    }, timeoutMs);
  }

  /** Takes the answer to {@link probe}; false when it is none. */
  takeAnswer(data: Buffer): boolean {
    const roundTripMs = this.#keepAlives.takeAnswer(data);
    if (roundTripMs !== null) this.roundTripMs = roundTripMs;
    return roundTripMs !== null;
  }

  /** Answers a genuine request that came by it; false when that cannot be done here. */
  answer(protocol: GuardedProtocol, request: Buffer, address: readonly [string, number]): boolean {
    const answer = this.#keepAlives.answer(request, address);
    if (answer !== null) void protocol.port.send(answer, address);
    return answer !== null;
  }

  /** The viewer nominates another one, e.g. for it is in another network now: goes with it. werift would not. */
  follow(protocol: GuardedProtocol, address: readonly [string, number]): void {
    if (!this.found || this.#silentTicks < movableAfterTicks) return;
    const pair = this.#connection.checkList.find(
      (candidate: CandidatePair) =>
        candidate.protocol === protocol &&
        candidate.state === CandidatePairState.SUCCEEDED &&
        sameAddress(candidate.remoteAddr, address),
    );
    if (pair === undefined) return;
    this.#connection.nominated = pair;
    this.noteSign();
  }

  /** Ends every {@link isAlive}. A second call does nothing. */
  close(): void {
    this.#signs.close();
  }

  /** Once there is a path: what they are made of changes no more. */
  get #keepAlives(): KeepAlives {
    const connection = this.#connection;
    const { localUsername, localPassword, remoteUsername, remotePassword } = connection;
    return (this.#keeper ??= new KeepAlives({
      localUsername,
      localPassword,
      remoteUsername,
      remotePassword,
      priority: candidatePriority('prflx'),
      controlling: connection.iceControlling,
      tieBreaker: tieBreakerOf(connection),
    }));
  }

  #probeThroughServer(pair: CandidatePair): void {
    const { remoteUsername, remotePassword, localUsername, iceControlling } = this.#connection;
    const request = new Message(methods.BINDING, classes.REQUEST);
    request
      .setAttribute('USERNAME', `${remoteUsername}:${localUsername}`)
      .setAttribute('PRIORITY', candidatePriority('prflx'))
      .setAttribute(
        iceControlling ? 'ICE-CONTROLLING' : 'ICE-CONTROLLED',
        tieBreakerOf(this.#connection),
      );
    const startedAt = performance.now();
    pair.protocol
      .request(request, pair.remoteAddr, Buffer.from(remotePassword, 'utf8'), {
        retransmissions: 0,
        responseTimeout: probeTimeoutMs,
      })
      .then(() => {
        this.roundTripMs = performance.now() - startedAt;
        this.noteSign();
      })
      .catch(() => undefined);
  }
}
