import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import {
  Candidate,
  CandidatePairState,
  Message,
  RTCIceGatherer,
  RTCIceTransport,
  candidatePriority,
  classes,
  methods,
  parseIceServers,
  serverReflexiveCandidate,
} from 'werift';
import type { CandidatePair } from 'werift';
import { GuardedProtocol, hostPriority } from './guarded-protocol.js';
import { IceSearch } from './ice-search.js';
import { openPorts } from './ice-ports.js';
import { KeepAlives } from './keep-alives.js';
import { localAddresses } from './local-addresses.js';
import type { PacketRun } from './packet-run.js';
import type { PeerOffer, RemoteCandidate } from './peer-offer.js';
import type { IceServer } from './peer-session-types.js';
import { isUsable, maxCandidates } from './read-transport.js';
import { isMediaPacket } from './rtp-packet.js';
import { SignsOfLife } from './signs-of-life.js';
import { classifyStun } from './stun-guard.js';
import type { StunKind } from './stun-guard.js';
import { TurnRelay } from './turn-relay.js';

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

/** The most that an answer waits for STUN and TURN servers. */
const gatherLimitMs = 1500;
/** A peer asks some dozen times a second while it searches; answering many more would take time from others. */
const maxRequestsPerTick = 200;
/** Addresses a peer may come from, all in all: each is remembered, and asked back. */
const maxRemoteAddresses = 3 * maxCandidates;
/** How long an answer to a keep-alive is waited for. */
const probeTimeoutMs = 1900;
/** The viewer may move to another path once the chosen one has been silent for so many ticks. */
const movableAfterTicks = 3;

type Protocol = GuardedProtocol | TurnRelay['protocol'];

/** What werift's `Connection` keeps to itself. */
interface ConnectionInternals {
  protocols: Protocol[];
  ensureProtocol(protocol: Protocol): void;
  pairLocalProtocol(protocol: Protocol): void;
}

/**
 * ICE for one viewer (RFC 8445), werift's, on our sockets: one port per address family, announced under
 * every address of this machine. Always gathers before it answers; never sends anything to anybody but the
 * viewer and the configured servers.
 */
export class IceAgent {
  /** For the layers above. */
  readonly transport: RTCIceTransport;
  /** Takes RTP and RTCP that come to our own sockets, past werift. */
  onMedia: (data: Buffer) => void = () => undefined;
  /** Looks at the rest that is not STUN before werift does; false throws it away. */
  filter: (data: Buffer) => boolean = () => true;
  /** Round trip of the newest keep-alive, in ms; `null` before the first. */
  roundTripMs: number | null = null;
  readonly #protocols: readonly GuardedProtocol[];
  readonly #announced: readonly string[];
  #relay: TurnRelay | null = null;
  #closed = false;
  #silentTicks = 0;
  #requests = 0;
  #heardStun = false;
  #keeper: KeepAlives | null = null;
  #candidateCount = 0;
  readonly #signs: SignsOfLife = new SignsOfLife();
  readonly #search: IceSearch;

  private constructor(
    transport: RTCIceTransport,
    protocols: readonly GuardedProtocol[],
    announced: readonly string[],
  ) {
    this.transport = transport;
    this.#protocols = protocols;
    this.#announced = announced;
    this.#search = new IceSearch(transport.connection);
    for (const protocol of protocols) {
      protocol.listen((data, address) => this.#accepts(protocol, data, address));
    }
    // Through a TURN server packets come past our sockets.
    transport.connection.onData.subscribe(() => {
      const { nominated } = transport.connection;
      if (nominated !== undefined && !(nominated.protocol instanceof GuardedProtocol)) {
        this.#noteSign();
      }
    });
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
    const internals = connection as unknown as ConnectionInternals;
    const protocols = ports.map((port) => new GuardedProtocol(port, connection.localUsername));
    for (const protocol of protocols) {
      internals.ensureProtocol(protocol);
      internals.protocols.push(protocol);
    }
    const agent = new IceAgent(
      new RTCIceTransport(gatherer),
      protocols,
      options.announcedAddresses,
    );
    await agent.#gather(options);
    return agent;
  }

  /** Our credentials, for the answer. */
  get credentials(): { usernameFragment: string; password: string } {
    const { localUsername, localPassword } = this.#connection;
    return { usernameFragment: localUsername, password: localPassword };
  }

  /** Values of `a=candidate` for the answer. */
  get candidates(): readonly string[] {
    const hosts = this.#protocols.flatMap(({ port }) => {
      const family = port.socketType === 'udp4' ? 4 : 6;
      return localAddresses(family, this.#announced).map((address, index) => {
        const foundation = `${family}${index + 1}`;
        return `${foundation} 1 udp ${hostPriority(index)} ${address} ${port.address.port} typ host`;
      });
    });
    const others = this.#connection.localCandidates
      .filter(({ type }) => type === 'srflx' || type === 'relay')
      .map(
        ({ foundation, priority, host, port, type }) =>
          `${foundation} 1 udp ${priority} ${host} ${port} typ ${type} raddr 0.0.0.0 rport 0`,
      );
    return [...hosts, ...others];
  }

  /** Bytes that the kernel has not taken yet. */
  get backlog(): number {
    const protocol = this.#connection.nominated?.protocol;
    return protocol instanceof GuardedProtocol ? protocol.port.backlog : 0;
  }

  /** The way that packets take to the viewer; `null` without one, or through a TURN server. */
  get path(): { readonly port: number; readonly remote: readonly [string, number] } | null {
    const pair = this.#connection.nominated;
    if (!(pair?.protocol instanceof GuardedProtocol)) return null;
    return { port: pair.protocol.port.address.port, remote: pair.remoteAddr };
  }

  /** True once packets have a way to the viewer. */
  get hasPath(): boolean {
    return this.#connection.nominated !== undefined;
  }

  /** True once STUN of the viewer has come, by whatever way. */
  get heard(): boolean {
    const { remoteCandidates, checkList } = this.#connection;
    return (
      this.hasPath ||
      this.#heardStun ||
      // Through a TURN server packets come past our sockets.
      remoteCandidates.some(({ type }) => type === 'prflx') ||
      checkList.some(({ state }) => state === CandidatePairState.SUCCEEDED)
    );
  }

  /** What is known of the search, for a log line about one that failed. */
  get detail(): string {
    const { remoteCandidates, checkList, nominated, state } = this.#connection;
    const best = nominated === undefined ? 'no path found' : 'a path was found';
    return (
      `${best}; ICE ${state}, ${remoteCandidates.length} addresses of the viewer, ` +
      `${checkList.length} pairs tried, ${this.heard ? 'the viewer was heard' : 'nothing was heard'}`
    );
  }

  /** Searches for a path; resolves when there is one. */
  async connect(offer: PeerOffer['ice']): Promise<void> {
    this.#connection.iceControlling = offer.lite;
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
    if (this.#isKnown([address, port])) return;
    this.#candidateCount += 1;
    await this.#connection.addRemoteCandidate(
      new Candidate(foundation, 1, 'udp', priority, address, port, type),
    );
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

  /**
   * To be called once a second: counts seconds without a packet of the viewer. Counted, not measured, so
   * that a machine that slept does not throw everybody out.
   */
  tick(): number {
    // werift remembers every request for ever.
    for (const pair of this.#connection.checkList) {
      (pair as unknown as { requestTransactionIds: Set<string> }).requestTransactionIds.clear();
    }
    this.#requests = 0;
    return this.#silentTicks++;
  }

  /** Asks the viewer for a sign of life (RFC 7675); the answer counts as one. */
  probe(): void {
    const pair = this.#connection.nominated;
    if (pair === undefined) return;
    if (pair.protocol instanceof GuardedProtocol) {
      void pair.protocol.port.send(this.#keepAlives.ask(), pair.remoteAddr);
      return;
    }
    const { remoteUsername, remotePassword, localUsername } = this.#connection;
    const request = new Message(methods.BINDING, classes.REQUEST);
    request
      .setAttribute('USERNAME', `${remoteUsername}:${localUsername}`)
      .setAttribute('PRIORITY', candidatePriority('prflx'))
      .setAttribute(
        this.#connection.iceControlling ? 'ICE-CONTROLLING' : 'ICE-CONTROLLED',
        this.#tieBreaker,
      );
    const startedAt = performance.now();
    pair.protocol
      .request(request, pair.remoteAddr, Buffer.from(remotePassword, 'utf8'), {
        retransmissions: 0,
        responseTimeout: probeTimeoutMs,
      })
      .then(() => {
        this.roundTripMs = performance.now() - startedAt;
        this.#noteSign();
      })
      .catch(() => undefined);
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

  /** Closes the sockets; resolves when no timer is left either. A second call does nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#signs.close();
    this.#search.stop();
    await this.#relay?.close();
    await this.transport.stop();
    // werift closes those it still lists; one that was opened late is ours.
    await Promise.all(this.#protocols.map(({ port }) => port.close()));
  }

  get #connection(): RTCIceTransport['connection'] {
    return this.transport.connection;
  }

  /** Once there is a path: what they are made of changes no more. */
  get #keepAlives(): KeepAlives {
    const { localUsername, localPassword, remoteUsername, remotePassword, iceControlling } =
      this.#connection;
    return (this.#keeper ??= new KeepAlives({
      localUsername,
      localPassword,
      remoteUsername,
      remotePassword,
      priority: candidatePriority('prflx'),
      controlling: iceControlling,
      tieBreaker: this.#tieBreaker,
    }));
  }

  get #tieBreaker(): bigint {
    return (this.#connection as unknown as { tieBreaker: bigint }).tieBreaker;
  }

  /** Asks STUN and TURN servers; goes on without those that are slow. */
  async #gather({ iceServers, signal }: IceAgentOptions): Promise<void> {
    if (signal?.aborted === true) return;
    const { stunServer } = parseIceServers([...iceServers]);
    const reflexive = this.#protocols
      .filter(({ port }) => port.socketType === 'udp4')
      .map(async (protocol) => {
        if (stunServer === undefined) return;
        const [host, port] = stunServer;
        const { address } = await dns.lookup(host, { family: 4 });
        // A request begun now would not be called off.
        if (this.#closed) return;
        const candidate = await serverReflexiveCandidate(protocol, [address, port]);
        if (candidate !== undefined) this.#connection.localCandidates.push(candidate);
      });
    const gathered = Promise.allSettled([
      this.transport.gather(),
      this.#openRelay(iceServers),
      ...reflexive,
    ]);
    let stopWaiting = (): void => undefined;
    const limit = new Promise<void>((resolve) => {
      stopWaiting = resolve;
    });
    const timer = setTimeout(stopWaiting, gatherLimitMs);
    signal?.addEventListener('abort', stopWaiting, { once: true });
    await Promise.race([gathered, limit]);
    clearTimeout(timer);
    signal?.removeEventListener('abort', stopWaiting);
  }

  async #openRelay(iceServers: readonly IceServer[]): Promise<void> {
    const relay = await TurnRelay.open(iceServers, this.#connection.localUsername);
    if (relay === null) return;
    if (this.#closed) {
      await relay.close();
      return;
    }
    this.#relay = relay;
    await relay.allocate();
    if (this.#closed) return;
    const internals = this.#connection as unknown as ConnectionInternals;
    internals.ensureProtocol(relay.protocol);
    internals.protocols.push(relay.protocol);
    this.#connection.localCandidates.push(relay.protocol.localCandidate);
    // One that comes late still serves the addresses of the viewer known so far.
    internals.pairLocalProtocol(relay.protocol);
  }

  #accepts(protocol: GuardedProtocol, data: Buffer, address: readonly [string, number]): boolean {
    if (isMediaPacket(data)) {
      this.#takeMedia(protocol, data, address);
      return false;
    }
    const { localUsername, localPassword, nominated } = this.#connection;
    const kind = classifyStun(data, localUsername, localPassword);
    if (kind === 'forged' || (kind !== 'none' && !this.#mayAsk(address))) return false;
    const chosen = this.#isChosen(protocol, address);
    if (chosen || nominated === undefined) this.#silentTicks = 0;
    // Requests are proven to be the peer's; from the chosen path anything will do.
    if (chosen || kind === 'request' || kind === 'nomination') this.#signs.note();
    if (kind !== 'none') this.#heardStun = true;
    if (kind === 'nomination' && !chosen) this.#followViewer(protocol, address);
    if (kind !== 'none') return !chosen || !this.#keep(protocol, data, kind, address);
    return this.#mayCome(address) && this.filter(data);
  }

  /** Takes STUN of the path in use past werift; false when that has to see it. */
  #keep(
    protocol: GuardedProtocol,
    data: Buffer,
    kind: StunKind,
    address: readonly [string, number],
  ): boolean {
    if (kind === 'response') {
      const roundTripMs = this.#keepAlives.takeAnswer(data);
      if (roundTripMs !== null) this.roundTripMs = roundTripMs;
      return roundTripMs !== null;
    }
    const answer = this.#keepAlives.answer(data, address);
    if (answer !== null) void protocol.port.send(answer, address);
    return answer !== null;
  }

  /** As {@link #accepts}, by the shortest way: of this there is most. */
  #takeMedia(protocol: GuardedProtocol, data: Buffer, address: readonly [string, number]): void {
    const chosen = this.#isChosen(protocol, address);
    if (chosen || !this.hasPath) this.#silentTicks = 0;
    if (chosen) this.#signs.note();
    if (chosen || this.#mayCome(address)) this.onMedia(data);
  }

  /** False for STUN of a peer that sends more of it, or from more places, than its search can need. */
  #mayAsk(address: readonly [string, number]): boolean {
    this.#requests += 1;
    if (this.#requests > maxRequestsPerTick) return false;
    const { remoteCandidates } = this.#connection;
    return remoteCandidates.length < maxRemoteAddresses || this.#isKnown(address);
  }

  /** True for packets on the path in use. */
  #isChosen(protocol: GuardedProtocol, address: readonly [string, number]): boolean {
    const { nominated } = this.#connection;
    return nominated?.protocol === protocol && sameAddress(nominated.remoteAddr, address);
  }

  /** What is not STUN counts from the viewer's own addresses only; before a path is chosen nothing is known. */
  #mayCome(address: readonly [string, number]): boolean {
    return !this.hasPath || this.#isKnown(address);
  }

  #isKnown(address: readonly [string, number]): boolean {
    return this.#connection.remoteCandidates.some(
      ({ host, port }) => host === address[0] && port === address[1],
    );
  }

  /** The viewer has left the path in use, e.g. for another network: go with it. werift would not. */
  #followViewer(protocol: GuardedProtocol, address: readonly [string, number]): void {
    if (this.#connection.nominated === undefined || this.#silentTicks < movableAfterTicks) return;
    const pair = this.#connection.checkList.find(
      (candidate: CandidatePair) =>
        candidate.protocol === protocol &&
        candidate.state === CandidatePairState.SUCCEEDED &&
        sameAddress(candidate.remoteAddr, address),
    );
    if (pair === undefined) return;
    this.#connection.nominated = pair;
    this.#noteSign();
  }

  #noteSign(): void {
    this.#silentTicks = 0;
    this.#signs.note();
  }
}

function sameAddress(a: readonly [string, number], b: readonly [string, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** @throws {TypeError} when an entry is no IP address. */
export function assertAddresses(field: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    if (isIP(address) === 0) {
      throw new TypeError(`${field}: expected IP addresses, got ${JSON.stringify(address)}`);
    }
  }
}
