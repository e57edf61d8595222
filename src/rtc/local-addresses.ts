import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** More would only slow down a viewer's search. */
const maxAddresses = 8;

type Interfaces = ReturnType<typeof networkInterfaces>;

let lookedUp: { atMs: number; interfaces: Interfaces } | null = null;

/**
 * Addresses that viewers may reach this machine at, best first: the announced ones, then those of
 * the network interfaces. Loopback only when there is nothing else, so that a machine without
 * network still serves itself.
 */
export function localAddresses(
  family: 4 | 6,
  announced: readonly string[],
  interfaces: Interfaces = currentInterfaces(),
): readonly string[] {
  const own = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter((entry) => entry.family === `IPv${family}`);
  const outside = own
    .filter((entry) => !entry.internal && !isLinkLocal(entry.address))
    .map((entry) => entry.address);
  const wanted = [...announced.filter((address) => isIP(address) === family), ...outside];
  const loopback = own.filter((entry) => entry.internal).map((entry) => entry.address);
  const addresses = wanted.length > 0 || family === 6 ? wanted : loopback;
  return [...new Set(addresses)].slice(0, maxAddresses);
}

/** @throws {TypeError} when an entry is no IP address. */
export function assertAddresses(field: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    if (isIP(address) === 0) {
      throw new TypeError(`${field}: expected IP addresses, got ${JSON.stringify(address)}`);
    }
  }
}

/** The machine's, looked up once a second at most: each viewer of a crowd asks several times. */
function currentInterfaces(): Interfaces {
  const now = performance.now();
  if (lookedUp === null || now - lookedUp.atMs > 1000) {
    lookedUp = { atMs: now, interfaces: networkInterfaces() };
  }
  return lookedUp.interfaces;
}

/** IPv6 link-local addresses mean nothing without the name of an interface. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
