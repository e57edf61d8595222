import { Candidate, StunProtocol } from 'werift';
import type { UdpTransport } from 'werift';
import type { UdpPort } from './udp-port.js';

/** Looked at before werift sees it; false throws the datagram away. */
export type DatagramFilter = (data: Buffer, address: readonly [string, number]) => boolean;

/**
 * werift's STUN protocol over our own port, behind a filter. werift answers and remembers requests of
 * anybody; a filter that knows the password keeps strangers out.
 */
export class GuardedProtocol extends StunProtocol {
  /** The socket underneath. */
  readonly port: UdpPort;

  constructor(port: UdpPort, usernameFragment: string) {
    super();
    this.port = port;
    // The same shape, but for members that are private there.
    this.transport = port as unknown as UdpTransport;
    const { address, port: number } = port.address;
    this.localIp = address;
    this.localCandidate = new Candidate(
      `host${number}`,
      1,
      'udp',
      hostPriority(0),
      address,
      number,
      'host',
      undefined,
      undefined,
      undefined,
      0,
      usernameFragment,
    );
  }

  /** Starts to take datagrams that pass `filter`. */
  listen(filter: DatagramFilter): void {
    const receive = (
      this as unknown as {
        datagramReceived(data: Buffer, address: readonly [string, number]): void;
      }
    ).datagramReceived.bind(this);
    this.port.onData = (data, address) => {
      if (filter(data, address)) receive(data, address);
    };
  }
}

/** Priority of the `index`-th host address (RFC 8445, 5.1.2.1). */
export function hostPriority(index: number): number {
  return 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
}
