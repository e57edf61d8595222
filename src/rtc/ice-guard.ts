import { CandidatePairState } from 'werift';
import type { GuardedProtocol } from './guarded-protocol.js';
import type { IceConnection } from './ice-connection.js';
import type { IcePath } from './ice-path.js';
import { maxCandidates } from './read-transport.js';
import { isMediaPacket } from './rtp-packet.js';
import { classifyStun } from './stun-guard.js';

/** A peer asks some dozen times a second while it searches; answering many more would take time from others. */
const maxRequestsPerTick = 200;
/** Addresses a peer may come from, all in all: each is remembered, and asked back. */
const maxRemoteAddresses = 3 * maxCandidates;

/** Decides over each datagram that comes to our sockets: whose it is, and who gets it. Strangers' end here. */
export class IceGuard {
  /** Takes RTP and RTCP of the viewer, past werift. */
  onMedia: (data: Buffer) => void = () => undefined;
  /** Looks at the rest that is not STUN before werift does; false throws it away. */
  filter: (data: Buffer) => boolean = () => true;
  readonly #connection: IceConnection;
  readonly #path: IcePath;
  #requests = 0;
  #responses = 0;
  #heardStun = false;

  constructor(connection: IceConnection, path: IcePath) {
    this.#connection = connection;
    this.#path = path;
  }

  /** Starts to let in what comes to a socket. */
  listen(protocol: GuardedProtocol): void {
    protocol.listen((data, address) => this.#accepts(protocol, data, address));
  }

  /** True once STUN of the viewer has come, by whatever way. */
  get heard(): boolean {
    const { remoteCandidates, checkList } = this.#connection;
    return (
      this.#path.found ||
      this.#heardStun ||
      // Through a TURN server packets come past our sockets.
      remoteCandidates.some(({ type }) => type === 'prflx') ||
      checkList.some(({ state }) => state === CandidatePairState.SUCCEEDED)
    );
  }

  /** True for an address that the viewer has told of, or come from. */
  knows([host, port]: readonly [string, number]): boolean {
    return this.#connection.remoteCandidates.some(
      (candidate) => candidate.host === host && candidate.port === port,
    );
  }

  /** To be called once a second: the peer may ask anew. */
  tick(): void {
    this.#requests = 0;
    this.#responses = 0;
  }

  /** True for what werift is to see. */
  #accepts(protocol: GuardedProtocol, data: Buffer, address: readonly [string, number]): boolean {
    if (isMediaPacket(data)) {
      this.#takeMedia(protocol, data, address);
      return false;
    }
    const { localUsername, localPassword } = this.#connection;
    const kind = classifyStun(data, localUsername, localPassword);
    if (kind === 'forged') return false;
    if (kind === 'response') return this.#acceptsResponse(protocol, data, address);
    if (kind !== 'none' && !this.#mayAsk(address)) return false;
    const path = this.#path;
    const isInUse = path.carries(protocol, address);
    if (isInUse) path.noteSign();
    if (kind === 'none') return this.#mayCome(address) && this.filter(data);
    this.#heardStun = true;
    if (isInUse) return !path.answer(protocol, data, address);
    path.notePeer();
    if (kind === 'nomination') path.follow(protocol, address);
    return true;
  }

  /** Whose a response is nobody can tell before the request is found: strangers' are kept from all else. */
  #acceptsResponse(
    protocol: GuardedProtocol,
    data: Buffer,
    address: readonly [string, number],
  ): boolean {
    if (this.#path.carries(protocol, address)) {
      this.#path.noteSign();
      if (this.#path.takeAnswer(data)) return false;
    }
    const isKnown = this.knows(address);
    if (isKnown) this.#heardStun = true;
    // Servers answer only before there is a path.
    if (this.#path.found && !isKnown) return false;
    this.#responses += 1;
    return this.#responses <= maxRequestsPerTick;
  }

  /** As {@link #accepts}, by the shortest way: of this there is most. */
  #takeMedia(protocol: GuardedProtocol, data: Buffer, address: readonly [string, number]): void {
    if (this.#path.carries(protocol, address)) this.#path.noteSign();
    else if (!this.#mayCome(address)) return;
    this.onMedia(data);
  }

  /** False for STUN of a peer that sends more of it, or from more places, than its search can need. */
  #mayAsk(address: readonly [string, number]): boolean {
    this.#requests += 1;
    if (this.#requests > maxRequestsPerTick) return false;
    const { remoteCandidates } = this.#connection;
    return remoteCandidates.length < maxRemoteAddresses || this.knows(address);
  }

  /** What is not STUN counts from the viewer's own addresses only; before a path is chosen nothing is known. */
  #mayCome(address: readonly [string, number]): boolean {
    return !this.#path.found || this.knows(address);
  }
}
