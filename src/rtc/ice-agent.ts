import { Candidate, RTCIceGatherer, RTCIceTransport } from 'werift';
import { GuardedProtocol } from './guarded-protocol.js';
import { candidateValues } from './ice-candidates.js';
import { addProtocol, forgetRequests } from './ice-connection.js';
import { IceGathering } from './ice-gathering.js';
import { IceGuard } from './ice-guard.js';
import { IcePath } from './ice-path.js';
import { openPorts } from './ice-ports.js';
import { IceSearch } from './ice-search.js';
import type { PeerOffer, RemoteCandidate } from './peer-offer.js';
import type { IceServer } from './peer-session-types.js';
import { isUsable, maxCandidates } from './read-transport.js';

/** How a peer finds its way through the network. */
export interface IceAgentOptions {
  /** STUN and TURN servers; of each kind the first is used. */
  iceServers: readonly IceServer[];
  /** First and last UDP port to take; any when left out. */
  icePortRange?: readonly [number, number];
  /** Addresses to announce beside our own, best first. */
  announcedAddresses: readonly string[];
  /** Ends the wait for servers; the caller closes the agent. */
  signal?: AbortSignal;
}

/**
 * ICE for one viewer (RFC 8445), werift's, on our sockets: one port per address family, announced under
 * every address of this machine. Always gathers before it answers; never sends anything to anybody but the
 * viewer and the configured servers.
 */
export class IceAgent {
  /** For the layers above. */
  readonly transport: RTCIceTransport;
  /** The way to the viewer, once there is one. */
  readonly path: IcePath;
  /** What comes from the viewer. */
  readonly guard: IceGuard;
  readonly #protocols: readonly GuardedProtocol[];
  readonly #announced: readonly string[];
  readonly #gathering: IceGathering;
  readonly #search: IceSearch;
  #candidateCount = 0;
  #closed = false;

  private constructor(
    transport: RTCIceTransport,
    protocols: readonly GuardedProtocol[],
    announced: readonly string[],
  ) {
    const { connection } = transport;
    this.transport = transport;
    this.#protocols = protocols;
    this.#announced = announced;
    this.#search = new IceSearch(connection);
    this.#gathering = new IceGathering(transport, protocols);
    this.path = new IcePath(connection);
    this.guard = new IceGuard(connection, this.path);
    for (const protocol of protocols) this.guard.listen(protocol);
  }

  /**
   * Opens the sockets and asks the servers; `close()` it.
   *
   * @throws {LimitExceededError} `no-free-port`.
   */
  static async create(options: IceAgentOptions): Promise<IceAgent> {
    const gatherer = new RTCIceGatherer({ useIpv4: false, useIpv6: false });
    const { connection } = gatherer;
    // Without this werift asks a public server.
    delete connection.stunServer;
    const ports = await openPorts(options);
    const protocols = ports.map((port) => new GuardedProtocol(port, connection.localUsername));
    for (const protocol of protocols) addProtocol(connection, protocol);
    const transport = new RTCIceTransport(gatherer);
    const agent = new IceAgent(transport, protocols, options.announcedAddresses);
    await agent.#gathering.run(options.iceServers, options.signal);
    return agent;
  }

  /** Our credentials, for the answer. */
  get credentials(): { usernameFragment: string; password: string } {
    const { localUsername, localPassword } = this.transport.connection;
    return { usernameFragment: localUsername, password: localPassword };
  }

  /** Values of `a=candidate` for the answer. */
  get candidates(): readonly string[] {
    return candidateValues(this.transport.connection, this.#protocols, this.#announced);
  }

  /** What is known of the search, for a log line about one that failed. */
  get detail(): string {
    const { remoteCandidates, checkList, state } = this.transport.connection;
    const best = this.path.found ? 'a path was found' : 'no path found';
    const heard = this.guard.heard ? 'the viewer was heard' : 'nothing was heard';
    return (
      `${best}; ICE ${state}, ${remoteCandidates.length} addresses of the viewer, ` +
      `${checkList.length} pairs tried, ${heard}`
    );
  }

  /** Searches for a path; resolves when there is one. */
  async connect(offer: PeerOffer['ice']): Promise<void> {
    this.transport.connection.iceControlling = offer.lite;
    this.transport.setRemoteParams({
      iceLite: offer.lite,
      usernameFragment: offer.usernameFragment,
      password: offer.password,
    });
    for (const candidate of offer.candidates) await this.addCandidate(candidate);
    // No end of candidates: a viewer behind an mDNS name or a NAT shows up by its own packets.
    if (this.#closed) return;
    await this.transport.start();
  }

  /**
   * One more address of the peer, at any time: while the search runs it is tried, afterwards the peer may move to
   * it. Passes over what is of no use, known, or more than a peer has.
   */
  async addCandidate(candidate: RemoteCandidate): Promise<void> {
    const { foundation, priority, address, port, type } = candidate;
    if (this.#closed || !isUsable(candidate) || this.#candidateCount >= maxCandidates) return;
    if (this.guard.knows([address, port])) return;
    this.#candidateCount += 1;
    await this.transport.connection.addRemoteCandidate(
      new Candidate(foundation, 1, 'udp', priority, address, port, type),
    );
  }

  /**
   * To be called once a second: counts seconds without a packet on the path. Counted, not measured, so
   * that a machine that slept does not throw everybody out.
   */
  tick(): number {
    forgetRequests(this.transport.connection);
    this.guard.tick();
    return this.path.tick();
  }

  /** Closes the sockets; resolves when no timer is left either. A second call does nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    this.path.close();
    this.#search.stop();
    await this.#gathering.close();
    await this.transport.stop();
    // werift closes those it still lists; one that was opened late is ours.
    await Promise.all(this.#protocols.map(({ port }) => port.close()));
  }
}
