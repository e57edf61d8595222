import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { LimitExceededError } from '../errors.js';
import type { PacketRun } from './packet-run.js';

/** Room in the kernel for a key frame of some hundred packets. */
const sendBufferBytes = 1024 * 1024;

/** Where "any port" is looked for: dynamic ports (RFC 6335, 6) that Linux gives out as well. */
const anyPort: readonly [number, number] = [49_152, 60_999];
/** How many of them are tried before the system is left to choose. */
const anyPortTries = 32;

const sent: Promise<void> = Promise.resolve();

/**
 * One UDP socket of one viewer, in the shape of werift's `UdpTransport`. Ours, because that one
 * takes the process down when a port is lost between probing and binding, and tells nothing of its backlog.
 */
export class UdpPort {
  readonly type = 'udp' as const;
  readonly socketType: 'udp4' | 'udp6';
  /** True once {@link close} was called. */
  closed = false;
  /** Called with every datagram. */
  onData: (data: Buffer, address: readonly [string, number]) => void = () => undefined;
  readonly #socket: Socket;
  /** False for a port that the system chose: it takes it back when a socket is disconnected. */
  readonly #keepsPort: boolean;
  /** Whom the socket is connected to. */
  #peer: readonly [string, number] | null = null;

  private constructor(socket: Socket, socketType: 'udp4' | 'udp6', keepsPort: boolean) {
    this.#socket = socket;
    this.socketType = socketType;
    this.#keepsPort = keepsPort;
    const hasZones = socketType === 'udp6';
    socket.on('message', (data, { address, port }) => {
      if (!this.closed) this.onData(data, [hasZones ? withoutZone(address) : address, port]);
    });
    // ICMP errors and the like: the silence that follows is noticed elsewhere.
    socket.on('error', () => undefined);
    try {
      socket.setSendBufferSize(sendBufferBytes);
    } catch {
      // The system's default does.
    }
  }

  /**
   * Binds to all interfaces.
   *
   * @param range - First and last port to choose from; any free port when left out.
   * @throws {LimitExceededError} `no-free-port` when every port of the range is taken.
   */
  static async open(family: 4 | 6, range?: readonly [number, number]): Promise<UdpPort> {
    const type = family === 4 ? 'udp4' : 'udp6';
    const [first, last] = range ?? anyPort;
    const count = last - first + 1;
    // A random start, so that a port just left by one viewer is not the next one's.
    const start = Math.floor(Math.random() * count);
    const tries = range === undefined ? anyPortTries : count;
    for (let i = 0; i < tries; i++) {
      const socket = await bind(type, first + ((start + i) % count));
      if (socket !== null) return new UdpPort(socket, type, true);
    }
    const socket = range === undefined ? await bind(type, 0) : null;
    if (socket !== null) return new UdpPort(socket, type, false);
    throw new LimitExceededError(`no free UDP port from ${first} to ${last}`, {
      code: 'no-free-port',
    });
  }

  /** Where the socket is bound. */
  get address(): AddressInfo {
    return this.#socket.address();
  }

  /** Bytes handed to {@link send} that the kernel has not taken yet. */
  get backlog(): number {
    return this.closed ? 0 : this.#socket.getSendQueueSize();
  }

  /** Never waits; what cannot be sent is lost, as on any network. */
  readonly send = (data: Buffer, address?: readonly [string, number]): Promise<void> => {
    if (this.closed || address === undefined) return sent;
    if (this.#isPeer(address)) this.#socket.send(data);
    else this.#socket.send(data, address[1], address[0]);
    return sent;
  };

  /** As {@link send}, of all packets of a run; returns their bytes. */
  sendRun(run: PacketRun, address: readonly [string, number]): number {
    if (this.closed) return 0;
    const socket = this.#socket;
    const connected = this.#isPeer(address);
    const [host, port] = address;
    let bytes = 0;
    for (let i = 0; i < run.count; i++) {
      const packet = run.packet(i);
      bytes += packet.length;
      if (connected) socket.send(packet);
      else socket.send(packet, port, host);
    }
    // The kernel took them at once, or they wait in memory that the next run would write over.
    if (socket.getSendQueueCount() > 0) run.renew();
    return bytes;
  }

  /**
   * Sends to one address and hears of no other until {@link disconnect}: the kernel then looks its route up once, which
   * saves up to a third of what sending costs. What is sent to another address meanwhile ends it as well.
   */
  connect(address: readonly [string, number]): void {
    if (this.closed || !this.#keepsPort || this.#peer !== null) return;
    try {
      this.#socket.connect(address[1], address[0]);
      // Throws unless it is.
      this.#socket.remoteAddress();
      this.#peer = address;
    } catch {
      // Then it goes on as before.
    }
  }

  /** Hears of every address again. */
  disconnect(): void {
    if (this.closed || this.#peer === null) return;
    this.#peer = null;
    this.#socket.disconnect();
  }

  /** True when the socket is connected to that address; it is to no other afterwards. */
  #isPeer(address: readonly [string, number]): boolean {
    if (this.#peer === null) return false;
    if (this.#peer[1] === address[1] && this.#peer[0] === address[0]) return true;
    this.disconnect();
    return false;
  }

  /** Lets go of the port. A second call does nothing. */
  readonly close = (): Promise<void> => {
    if (this.closed) return sent;
    this.closed = true;
    this.onData = () => undefined;
    return new Promise((resolve) => {
      this.#socket.close(() => {
        this.#socket.removeAllListeners();
        // Node lists the socket to the end of this turn of its loop, which comes after one immediate.
        setImmediate(() => setImmediate(resolve));
      });
    });
  };
}

/** `null` when the port is taken. */
function bind(type: 'udp4' | 'udp6', port: number): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type,
      ipv6Only: type === 'udp6',
      // Only addresses come here: answering at once saves a turn of the event loop per packet.
      lookup: (host, _options, callback) => {
        callback(null, host, type === 'udp4' ? 4 : 6);
      },
    });
    const onError = (error: NodeJS.ErrnoException): void => {
      socket.close();
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(error);
    };
    socket.once('error', onError);
    socket.bind({ port, address: type === 'udp4' ? '0.0.0.0' : '::', exclusive: true }, () => {
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function withoutZone(address: string): string {
  const percent = address.indexOf('%');
  return percent === -1 ? address : address.slice(0, percent);
}
