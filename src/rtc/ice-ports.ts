import { localAddresses } from './local-addresses.js';
import { UdpPort } from './udp-port.js';

/**
 * One port per address family that viewers may use; the caller closes them.
 *
 * @throws {LimitExceededError} `no-free-port`.
 */
export async function openPorts(options: {
  icePortRange?: readonly [number, number];
  announcedAddresses: readonly string[];
}): Promise<UdpPort[]> {
  const { icePortRange, announcedAddresses } = options;
  const wantsIpv6 = localAddresses(6, announcedAddresses).length > 0;
  const ports = [await UdpPort.open(4, icePortRange)];
  if (wantsIpv6) {
    // Not every machine with an IPv6 address lets us bind to it; IPv4 alone will do.
    const port = await UdpPort.open(6, icePortRange).catch(() => null);
    if (port !== null) ports.push(port);
  }
  return ports;
}
