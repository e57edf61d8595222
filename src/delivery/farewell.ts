import { createSocket } from 'node:dgram';
import type { Farewell } from '../rtc/peer-session-types.js';

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
    let isDone = false;
    const done = (): void => {
      if (isDone) return;
      isDone = true;
      socket.close(() => {
        resolve();
      });
    };
    socket.on('error', done);
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
