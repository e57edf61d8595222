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
  readonly #usernameFragment: string;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | null = null;

  private constructor(turn: TurnProtocol, usernameFragment: string) {
    this.#turn = turn;
    this.#usernameFragment = usernameFragment;
    // werift's own sleeps on for minutes after its close.
    (turn as unknown as TurnInternals).refresh = (seconds) => {
      this.#prolongIn(seconds);
    };
    this.protocol = new StunOverTurnProtocol(turn);
  }

  /**
   * Goes to the first TURN server of the list; `null` when there is none in it. `close()` it.
   *
   * @throws when the server cannot be reached; nothing is left open then.
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
    return new TurnRelay(turn, ufrag);
  }

  /**
   * Asks for the relayed address. Never settles when closed meanwhile.
   *
   * @throws when the server refuses or is silent; it is closed then.
   */
  async allocate(): Promise<void> {
    try {
      await this.#turn.connectionMade();
      const [host, port] = this.#turn.relayedAddress;
      const priority = 65_535 * 2 ** 8 + 255;
      this.protocol.localCandidate = new Candidate(
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
        this.#usernameFragment,
      );
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Gives the relay back and closes the connection to the server. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
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
    if (this.#closing !== null) return;
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
