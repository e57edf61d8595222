import { promises as dns } from 'node:dns';
import {
  Candidate,
  Message,
  StunOverTurnProtocol,
  TcpTransport,
  TlsTransport,
  TurnProtocol,
  classes,
  methods,
  parseIceServers,
} from 'werift';
import type { IceServer } from './peer-session-types.js';
import { UdpPort } from './udp-port.js';

/** Seconds for which a relay is asked for; it is prolonged in time (RFC 8656, 3.2). */
const lifetime = 600;
/** How long giving back a relay may take. */
const releaseMs = 200;

/** What {@link TurnProtocol} keeps to itself. */
interface TurnInternals {
  refresh: (seconds: number) => void;
}

/** A relayed address on a TURN server, kept alive until closed. */
export class TurnRelay {
  /** For werift's ICE; its local candidate is the relay's. */
  readonly protocol: StunOverTurnProtocol;
  readonly #turn: TurnProtocol;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(turn: TurnProtocol) {
    this.#turn = turn;
    // werift's own sleeps on for minutes after its close.
    (turn as unknown as TurnInternals).refresh = (seconds) => {
      this.#prolongIn(seconds);
    };
    this.protocol = new StunOverTurnProtocol(turn);
  }

  /**
   * Asks the first TURN server of the list for a relay; `null` when there is none in it.
   *
   * @throws when the server cannot be reached or refuses; nothing is left open then.
   */
  static async open(iceServers: readonly IceServer[], ufrag: string): Promise<TurnRelay | null> {
    const server = parseIceServers([...iceServers]);
    const { turnServer, turnUsername = '', turnPassword = '' } = server;
    if (turnServer === undefined) return null;
    const transport = await openTransport(turnServer, server.turnTransport ?? 'udp');
    const turn = new TurnProtocol(
      transport.address,
      turnUsername,
      turnPassword,
      lifetime,
      transport.transport,
    );
    const relay = new TurnRelay(turn);
    try {
      await turn.connectionMade();
      const [host, port] = turn.relayedAddress;
      const priority = 65_535 * 2 ** 8 + 255;
      relay.protocol.localCandidate = new Candidate(
        'relay',
        1,
        'udp',
        priority,
        host,
        port,
        'relay',
        undefined,
        undefined,
        undefined,
        0,
        ufrag,
      );
      return relay;
    } catch (error) {
      await relay.close();
      throw error;
    }
  }

  /** Gives the relay back and closes the connection to the server. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#turn.relayedAddress !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => {
        timer = setTimeout(resolve, releaseMs);
      });
      await Promise.race([this.#refresh(0).catch(() => undefined), limit]);
      clearTimeout(timer);
    }
    for (const transaction of Object.values(this.#turn.transactions)) transaction.cancel();
    await this.protocol.close();
  }

  #prolongIn(seconds: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.#refresh(lifetime).then(
          () => {
            this.#prolongIn(lifetime);
          },
          // Once more soon; the relay lives on for a sixth of its time.
          () => {
            this.#prolongIn(12);
          },
        );
      },
      (seconds * 1000 * 5) / 6,
    );
  }

  async #refresh(seconds: number): Promise<void> {
    const request = new Message(methods.REFRESH, classes.REQUEST);
    request.setAttribute('LIFETIME', seconds);
    await this.#turn.requestWithRetry(request, this.#turn.server);
  }
}

type Transport = ConstructorParameters<typeof TurnProtocol>[4];
type Address = readonly [string, number];

async function openTransport(
  [host, port]: Address,
  kind: 'udp' | 'tcp' | 'tls',
): Promise<{ transport: Transport; address: Address }> {
  if (kind === 'tcp')
    return { transport: await TcpTransport.init([host, port]), address: [host, port] };
  if (kind === 'tls') {
    const transport = await TlsTransport.init([host, port], { servername: host });
    return { transport, address: [host, port] };
  }
  const { address } = await dns.lookup(host, { family: 4 });
  return { transport: await UdpPort.open(4), address: [address, port] };
}
