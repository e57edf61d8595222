import type { GuardedProtocol } from './guarded-protocol.js';
import { hostPriority } from './guarded-protocol.js';
import type { IceConnection } from './ice-connection.js';
import { localAddresses } from './local-addresses.js';

/**
 * Values of `a=candidate` for an answer: each socket under every address of this machine, then what servers said.
 *
 * @param announced - Addresses to announce beside our own, best first.
 */
export function candidateValues(
  connection: IceConnection,
  protocols: readonly GuardedProtocol[],
  announced: readonly string[],
): readonly string[] {
  const hosts = protocols.flatMap(({ port }) => {
    const family = port.socketType === 'udp4' ? 4 : 6;
    return localAddresses(family, announced).map((address, index) => {
      const foundation = `${family}${index + 1}`;
      return `${foundation} 1 udp ${hostPriority(index)} ${address} ${port.address.port} typ host`;
    });
  });
  const others = connection.localCandidates
    .filter(({ type }) => type === 'srflx' || type === 'relay')
    .map(
      ({ foundation, priority, host, port, type }) =>
        `${foundation} 1 udp ${priority} ${host} ${port} typ ${type} raddr 0.0.0.0 rport 0`,
    );
  return [...hosts, ...others];
}
