import { promises as dns } from 'node:dns';
import { parseIceServers, serverReflexiveCandidate } from 'werift';
import type { RTCIceTransport } from 'werift';
import type { GuardedProtocol } from './guarded-protocol.js';
import { addProtocol, pairProtocol } from './ice-connection.js';
import type { IceConnection } from './ice-connection.js';
import type { IceServer } from './peer-session-types.js';
import { TurnRelay } from './turn-relay.js';

/** The most that an answer waits for STUN and TURN servers. */
const gatherLimitMs = 1500;

/** Finds out from STUN and TURN servers under which addresses a viewer may reach us; owns the relay, if there is one. */
export class IceGathering {
  readonly #transport: RTCIceTransport;
  readonly #protocols: readonly GuardedProtocol[];
  #relay: TurnRelay | null = null;
  #closed = false;

  constructor(transport: RTCIceTransport, protocols: readonly GuardedProtocol[]) {
    this.#transport = transport;
    this.#protocols = protocols;
  }

  /**
   * Asks the servers; goes on without those that are slow, which may still add what they know. Never rejects.
   *
   * @param signal - Ends the wait.
   */
  async run(iceServers: readonly IceServer[], signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    const gathered = Promise.allSettled([
      this.#transport.gather(),
      this.#openRelay(iceServers),
      this.#askStun(iceServers),
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

  /** Gives the relay back; nothing is asked any more. A second call does nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#relay?.close();
  }

  get #connection(): IceConnection {
    return this.#transport.connection;
  }

  async #askStun(iceServers: readonly IceServer[]): Promise<void> {
    const { stunServer } = parseIceServers([...iceServers]);
    if (stunServer === undefined) return;
    const [host, port] = stunServer;
    const asked = this.#protocols
      .filter(({ port: socket }) => socket.socketType === 'udp4')
      .map(async (protocol) => {
        const { address } = await dns.lookup(host, { family: 4 });
        // A request begun now would not be called off.
        if (this.#closed) return;
        const candidate = await serverReflexiveCandidate(protocol, [address, port]);
        if (candidate !== undefined) this.#connection.localCandidates.push(candidate);
      });
    await Promise.all(asked);
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
    addProtocol(this.#connection, relay.protocol);
    this.#connection.localCandidates.push(relay.protocol.localCandidate);
    // One that comes late still serves the addresses of the viewer known so far.
    pairProtocol(this.#connection, relay.protocol);
  }
}
