import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Signal } from './werift-viewer.js';

const magicCookie = 0x2112_a442;
const bindingRequest = 1;
const stunAttributes = {
  username: 0x0006,
  integrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  controlling: 0x802a,
} as const;

/** A STUN attribute as it lies on the wire. */
export interface RawAttribute {
  type: number;
  value: Buffer;
}

/**
 * A viewer that knows its secrets and means no good: gets an answer, finds the way to the server, and sends whatever it is told,
 * byte for byte. `close()` it.
 */
export class HostilePeer {
  /** What came from the server. */
  readonly received: Buffer[] = [];
  readonly #socket: Socket;
  readonly #remote: { username: string; password: string; port: number };

  private constructor(socket: Socket, answer: string) {
    this.#socket = socket;
    this.#remote = {
      username: `${attributeIn(answer, 'ice-ufrag')}:hstl`,
      password: attributeIn(answer, 'ice-pwd'),
      port: Number(/^a=candidate:\S+ 1 udp \d+ (?!\S*:)\S+ (\d+)/m.exec(answer)?.[1]),
    };
    socket.on('message', (data) => this.received.push(data));
  }

  /** Offers VP8 with a data channel, and takes the answer. */
  static async open(signal: Signal): Promise<HostilePeer> {
    const { sdp } = await signal({ type: 'offer', sdp: hostileOffer() });
    return new HostilePeer(await bind(), sdp);
  }

  /** Says that this is the path to take, until the server agrees. */
  async nominate(): Promise<void> {
    const before = this.received.length;
    const controlling = { type: stunAttributes.controlling, value: Buffer.alloc(8, 0xff) };
    const use = { type: stunAttributes.useCandidate, value: Buffer.alloc(0) };
    const deadline = performance.now() + 5000;
    // It asks back as well; anything will do.
    while (this.received.length < before + 2) {
      if (performance.now() > deadline) throw new Error('the server does not answer STUN');
      this.send(this.stun([controlling, use]));
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.#answerChecks();
    }
  }

  /** A binding request that the server will believe. */
  stun(attributes: readonly RawAttribute[] = []): Buffer {
    const { username, password } = this.#remote;
    const body = Buffer.concat(
      [
        { type: stunAttributes.username, value: Buffer.from(username) },
        { type: stunAttributes.priority, value: Buffer.from([0x6e, 0, 1, 0xff]) },
        ...attributes,
      ].map(writeAttribute),
    );
    return sealed(bindingRequest, randomBytes(12), body, password);
  }

  /** Sends bytes as they are. */
  send(data: Buffer): void {
    this.#socket.send(data, this.#remote.port, '127.0.0.1');
  }

  /** Asks the server from so many addresses of its own; returns how many got an answer. */
  async spread(addresses: number): Promise<number> {
    const sockets = await Promise.all(Array.from({ length: addresses }, bind));
    const answered = new Set<Socket>();
    for (const socket of sockets) {
      socket.on('message', () => answered.add(socket));
      await new Promise((resolve) => {
        socket.send(this.stun(), this.#remote.port, '127.0.0.1', resolve);
      });
    }
    // Once this one is answered, so are those before.
    await this.nominate();
    for (const socket of sockets) socket.close();
    return answered.size;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Answers the server's own checks, without which it takes no path. */
  #answerChecks(): void {
    for (const request of this.received.splice(0)) {
      const isRequest = request.length >= 20 && request.readUInt16BE(0) === bindingRequest;
      if (!isRequest) {
        this.received.push(request);
        continue;
      }
      const mapped = Buffer.alloc(8);
      mapped[1] = 1;
      mapped.writeUInt16BE(this.#remote.port ^ (magicCookie >>> 16), 2);
      mapped.writeUInt32BE((0x7f00_0001 ^ magicCookie) >>> 0, 4);
      const body = writeAttribute({ type: 0x0020, value: mapped });
      this.send(sealed(0x0101, request.subarray(8, 20), body, hostilePassword));
      this.received.push(Buffer.from('answered'));
    }
  }
}

const hostilePassword = 'hostilePasswordOfManyLetters';

async function bind(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function attributeIn(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(sdp)?.[1] ?? '';
}

function writeAttribute({ type, value }: RawAttribute): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** A STUN message with its integrity (RFC 8489, 14.5). */
function sealed(type: number, transaction: Buffer, body: Buffer, password: string): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.length + 24, 2);
  head.writeUInt32BE(magicCookie, 4);
  transaction.copy(head, 8);
  const covered = Buffer.concat([head, body]);
  const value = createHmac('sha1', password).update(covered).digest();
  return Buffer.concat([covered, writeAttribute({ type: stunAttributes.integrity, value })]);
}

function hostileOffer(): string {
  const fingerprint = randomBytes(32).toString('hex').toUpperCase().match(/../g)?.join(':');
  return [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:hstl',
    `a=ice-pwd:${hostilePassword}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:active',
    'a=mid:0',
    'a=recvonly',
    'a=rtcp-mux',
    'a=rtpmap:96 VP8/90000',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:hstl',
    `a=ice-pwd:${hostilePassword}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:active',
    'a=mid:1',
    'a=sctp-port:5000',
    '',
  ].join('\r\n');
}

/** Fields of a handshake record, each of which may be a lie. */
export interface HandshakeFields {
  type: number;
  /** Of the whole message. */
  length?: number;
  sequence?: number;
  offset?: number;
  /** Of this fragment. */
  fragmentLength?: number;
  body: Buffer;
}

let recordNumber = 0;

/** A handshake record in clear (RFC 6347, 4.2.2). */
export function handshakeRecord(fields: HandshakeFields): Buffer {
  const { type, body, length = body.length, sequence = 0, offset = 0 } = fields;
  const head = Buffer.alloc(25);
  head.writeUInt8(22, 0);
  head.writeUInt16BE(0xfefd, 1);
  head.writeUIntBE(recordNumber++, 5, 6);
  head.writeUInt16BE(body.length + 12, 11);
  head.writeUInt8(type, 13);
  head.writeUIntBE(length, 14, 3);
  head.writeUInt16BE(sequence, 17);
  head.writeUIntBE(offset, 19, 3);
  head.writeUIntBE(fields.fragmentLength ?? body.length, 22, 3);
  return Buffer.concat([head, body]);
}

/** A ClientHello as browsers send it, with this cookie. */
export function clientHello(cookie: Buffer = Buffer.alloc(0)): Buffer {
  const extensions = Buffer.from(
    '000a00060004001d0017' + '000d00060004040304010017000000' + '0e0007000400070001' + '00',
    'hex',
  );
  return Buffer.concat([
    Buffer.from([0xfe, 0xfd]),
    randomBytes(32),
    Buffer.from([0, cookie.length]),
    cookie,
    Buffer.from('0004c02bc02f0100', 'hex'),
    Buffer.from([0, extensions.length]),
    extensions,
  ]);
}
