import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { FFmpegError, FormatContext, Packet } from 'node-av/lib';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';

/** How an {@link RtspServer} behaves. */
export interface RtspServerOptions {
  /** `user:password` that it asks for. */
  credentials?: string;
  /** Falls silent after so many pictures, but keeps the connection. */
  silentAfter?: number;
}

/** One RTSP request. */
interface Request {
  method: string;
  path: string;
  headers: Map<string, string>;
}

/**
 * A camera: serves one H.264 clip, over and over, at `/live`, over TCP only, as much of RFC 2326 as
 * FFmpeg needs.
 */
export class RtspServer {
  /** Methods asked for so far, in order. */
  readonly methods: string[] = [];
  /** `Transport` headers of the SETUP requests. */
  readonly transports: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #chunks: EncodedVideoChunk[];
  readonly #options: RtspServerOptions;

  private constructor(chunks: EncodedVideoChunk[], options: RtspServerOptions) {
    this.#chunks = chunks;
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @param clip - An MPEG-TS file with H.264. */
  static async start(clip: string, options: RtspServerOptions = {}): Promise<RtspServer> {
    const server = new RtspServer(await readChunks(clip), options);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** Address of a path on this server. */
  url(path = '/live', user = ''): string {
    return `rtsp://${user}127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Cuts all connections, and takes no more. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        this.#answer(socket, parseRequest(text.slice(0, end)));
        text = text.slice(end + 4);
      }
    });
  }

  #answer(socket: Socket, request: Request): void {
    this.methods.push(request.method);
    const reply = (status: string, headers: string[] = [], body = ''): void => {
      const sequence = `CSeq: ${request.headers.get('cseq') ?? '0'}`;
      const length = body === '' ? [] : [`Content-Length: ${body.length}`];
      const lines = [`RTSP/1.0 ${status}`, sequence, ...headers, ...length, '', body];
      socket.write(lines.join('\r\n'));
    };
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      reply(refusal, ['WWW-Authenticate: Basic realm="camera"']);
      return;
    }
    switch (request.method) {
      case 'OPTIONS':
        return reply('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
      case 'DESCRIBE':
        return reply('200 OK', ['Content-Type: application/sdp'], sdp);
      case 'SETUP': {
        const transport = request.headers.get('transport') ?? '';
        this.transports.push(transport);
        if (!transport.includes('TCP')) return reply('461 Unsupported Transport');
        return reply('200 OK', ['Session: 1', `Transport: ${transport}`]);
      }
      case 'PLAY':
        reply('200 OK', ['Session: 1']);
        return this.#play(socket);
      default:
        return reply('200 OK');
    }
  }

  #refusal({ method, path, headers }: Request): string | null {
    const { credentials } = this.#options;
    if (method !== 'OPTIONS' && credentials !== undefined) {
      const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
      if (headers.get('authorization') !== expected) return '401 Unauthorized';
    }
    return method === 'DESCRIBE' && !path.endsWith('/live') ? '404 Not Found' : null;
  }

  #play(socket: Socket): void {
    const packetizer = createPacketizer('h264', { maxPayloadSize: 1200 });
    let [picture, sequence] = [0, 0];
    const timer = setInterval(() => {
      if (picture === this.#options.silentAfter || socket.destroyed) return clearInterval(timer);
      const chunk = this.#chunks[picture % this.#chunks.length];
      if (chunk === undefined) return;
      const { payloads } = packetizer.packetize(chunk);
      for (const [index, payload] of payloads.entries()) {
        const last = index === payloads.length - 1;
        socket.write(interleaved(payload, { sequence: sequence++, time: picture * 3000, last }));
      }
      picture += 1;
    }, 1000 / 30);
    this.#timers.add(timer);
  }
}

const sdp = [
  'v=0',
  'o=- 0 0 IN IP4 127.0.0.1',
  's=camera',
  't=0 0',
  'a=control:*',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1',
  'a=control:track1',
  '',
].join('\r\n');

function parseRequest(text: string): Request {
  const [first = '', ...lines] = text.trim().split('\r\n');
  const [method = '', url = ''] = first.split(' ');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { method, path: url.replace(/^rtsp:\/\/[^/]*/, ''), headers };
}

/** An RTP packet as RTSP carries it on its own connection (RFC 2326, 10.12). */
function interleaved(
  payload: Buffer,
  { sequence, time, last }: { sequence: number; time: number; last: boolean },
): Buffer {
  const header = Buffer.alloc(16);
  header.write('$');
  header.writeUInt16BE(12 + payload.length, 2);
  header[4] = 0x80;
  header[5] = 96 | (last ? 0x80 : 0);
  header.writeUInt16BE(sequence & 0xffff, 6);
  header.writeUInt32BE(time, 8);
  header.writeUInt32BE(1, 12);
  return Buffer.concat([header, payload]);
}

async function readChunks(clip: string): Promise<EncodedVideoChunk[]> {
  await using input = new FormatContext();
  FFmpegError.throwIfError(await input.openInput(clip), 'open the clip');
  await input.findStreamInfo();
  const chunks: EncodedVideoChunk[] = [];
  using packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    const data = Buffer.from(packet.data ?? []);
    const type = packet.isKeyframe ? 'key' : 'delta';
    chunks.push(new EncodedVideoChunk({ type, timestamp: chunks.length * 33_333, data }));
    packet.unref();
  }
  return chunks;
}
