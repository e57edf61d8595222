import { createSocket } from 'node:dgram';

/** A goodbye that is ready to be sent from another thread; plain data. */
export interface Farewell {
  /** The DTLS record. */
  readonly record: Uint8Array;
  /** From which port of ours. */
  readonly port: number;
  /** To whom. */
  readonly remote: readonly [address: string, port: number];
}

/** A datagram may be lost: it is sent so often. */
const repeats = 2;

/**
 * Says goodbye from ports that a dead thread has left, so that its viewers need not find out by silence. Resolves
 * when all is sent; a port that somebody else has taken since is passed over.
 */
export async function sayFarewells(farewells: Iterable<Farewell>): Promise<void> {
  await Promise.all([...farewells].map((farewell) => sayFarewell(farewell)));
}

function sayFarewell({ record, port, remote: [address, remotePort] }: Farewell): Promise<void> {
  return new Promise((resolve) => {
    const isV6 = address.includes(':');
    const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6 });
    const done = (): void => {
      socket.close(() => {
        resolve();
      });
    };
    socket.once('error', done);
    socket.bind({ port, address: isV6 ? '::' : '0.0.0.0', exclusive: true }, () => {
      let left = repeats;
      for (let i = 0; i < repeats; i += 1) {
        socket.send(record, remotePort, address, () => {
          left -= 1;
          if (left === 0) done();
        });
      }
    });
  });
}
