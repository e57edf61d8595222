import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { LimitExceededError } from '../errors.js';
import type { PacketRun } from './packet-run.js';

/** Room in the kernel for a key frame of some hundred packets. */
const sendBufferBytes = 1024 * 1024;

const sent: Promise<void> = Promise.resolve();

/**
 * One UDP socket of one viewer, in the shape of werift's `UdpTransport`. Ours, because that one
 * takes the process down when a port is lost between probing and binding, and tells nothing of its backlog.
 */
export class UdpPort {
  readonly type = 'udp' as const;
  readonly socketType: 'udp4' | 'udp6';
  /** Where the socket is bound, or was. */
  readonly address: AddressInfo;
  /** True once {@link close} was called. */
  closed = false;
  /** Called with every datagram. */
  onData: (data: Buffer, address: readonly [string, number]) => void = () => undefined;
  readonly #socket: Socket;

  private constructor(socket: Socket, socketType: 'udp4' | 'udp6') {
    this.#socket = socket;
    this.socketType = socketType;
    this.address = socket.address();
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
    const [first, last] = range ?? [0, 0];
    const count = last - first + 1;
    // A random start, so that a port just left by one viewer is not the next one's.
    const start = Math.floor(Math.random() * count);
    for (let i = 0; i < count; i++) {
      const socket = await bind(type, first + ((start + i) % count));
      if (socket !== null) return new UdpPort(socket, type);
    }
    throw new LimitExceededError(`no free UDP port from ${first} to ${last}`, {
      code: 'no-free-port',
    });
  }

  /** Bytes handed to {@link send} that the kernel has not taken yet. */
  get backlog(): number {
    return this.closed ? 0 : this.#socket.getSendQueueSize();
  }

  /** Never waits; what cannot be sent is lost, as on any network. */
  readonly send = (data: Buffer, address?: readonly [string, number]): Promise<void> => {
    if (!this.closed && address !== undefined) this.#socket.send(data, address[1], address[0]);
    return sent;
  };

  /** As {@link send}, of all packets of a run; returns their bytes. */
  sendRun(run: PacketRun, address: readonly [string, number]): number {
    if (this.closed) return 0;
    const socket = this.#socket;
    const [host, port] = address;
    let bytes = 0;
    for (let i = 0; i < run.count; i++) {
      const packet = run.packet(i);
      bytes += packet.length;
      socket.send(packet, port, host);
    }
    // The kernel took them at once, or they wait in memory that the next run would write over.
    if (socket.getSendQueueCount() > 0) run.renew();
    return bytes;
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
