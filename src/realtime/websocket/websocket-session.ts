import type { IncomingHttpHeaders } from 'node:http';
import type { MediaConnection, StreamPort } from '../core/stream-port.js';
import type { MessageSocket } from './message-socket.js';
import { errorMessage } from '../wire.js';
import { ProtocolError } from './protocol-error.js';
import { pushOutputs } from './push-outputs.js';
import { checkLength, isObject, readEvent, readPayload } from './read-event.js';
import type { JsonObject } from './read-event.js';
import { RefusedStartError } from './refusal.js';
import type { Refusal } from './refusal.js';
import { SocketSession } from './socket-session.js';
import type { AcceptedSocket, SocketSessionOptions } from './socket-session.js';
import { SoundReader } from './sound-reader.js';
import { readStart } from './start-event.js';
import type { StartEvent } from './start-event.js';
import { WebSocketLink } from './websocket-link.js';

/** What is kept of the HTTP request that made a socket. */
export interface SocketRequest {
  /** Its headers. */
  readonly headers: IncomingHttpHeaders;
}

/**
 * Serves FastRTC's protocol of JSON and sound on a socket. Never throws; the socket is closed by it, or by the connection that it makes.
 *
 * @param port - The stream; audio, in any mode.
 * @param request - The request that was upgraded.
 */
export function acceptWebSocket(
  port: StreamPort,
  socket: MessageSocket,
  request: SocketRequest,
  options: SocketSessionOptions = {},
): AcceptedSocket {
  const session = new WebSocketSession(port, socket, request, options);
  session.listen();
  return session;
}

class WebSocketSession extends SocketSession {
  readonly #request: SocketRequest;
  #start: StartEvent | null = null;
  #reader: SoundReader | null = null;

  constructor(
    port: StreamPort,
    socket: MessageSocket,
    request: SocketRequest,
    options: SocketSessionOptions,
  ) {
    super(port, socket, options);
    this.#request = request;
    void this.closed.then(() => this.#reader?.close());
  }

  protected override handle(data: string | Buffer): void {
    if (typeof data !== 'string') {
      checkLength(data);
      this.#binary(data);
      return;
    }
    const { name, body } = readEvent(data);
    switch (name) {
      case 'start':
        this.#begin(body);
        break;
      case 'media':
        // Microphones do not wait for the answer: what comes before `start` is left out.
        if (this.connection !== null) this.#sound(readPayload(body));
        break;
      case 'ping':
        this.pipe.send('{"event":"pong"}');
        break;
      case 'stop':
        void this.pipe.close(1000, 'stopped', 'peer-closed');
        break;
      case 'input':
        this.#joined(name).setInput(readInputs(body));
        break;
      case 'message':
        this.#joined(name).receiveMessage(readText(body));
        break;
      case 'chat':
      case 'stop_chat':
        this.#joined(name).receiveMessage(JSON.stringify({ type: name, data: body.data }));
        break;
      default:
      // Unknown events are left alone, as FastRTC does.
    }
  }

  protected override tellError(text: string): void {
    this.pipe.send(JSON.stringify(errorMessage(text)));
  }

  protected override tellRefusal(meta: Refusal): void {
    this.pipe.send(JSON.stringify({ status: 'failed', meta }));
  }

  #begin(body: JsonObject): void {
    if (this.#start !== null) {
      throw new ProtocolError('already-started', '"start" was sent twice');
    }
    if (this.port.modality !== 'audio') {
      throw new RefusedStartError('unsupported_modality', 'Sockets carry sound only');
    }
    const start = readStart(body);
    this.#start = start;
    const { id, fields } = start;
    this.join(
      { id, transport: 'websocket', headers: this.#request.headers, fields },
      () => new WebSocketLink(this.pipe, start, this.logger),
      (connection) => {
        this.#ready(start, connection);
      },
    );
  }

  #ready(start: StartEvent, connection: MediaConnection): void {
    const { codec, numberOfChannels } = start;
    const { inputSampleRate, outputSampleRate } = connection.handler ?? handlerDefaults;
    const sampleRate = start.sampleRate ?? inputSampleRate;
    this.#reader = new SoundReader({ codec, sampleRate, numberOfChannels });
    if (start.outputs) void pushOutputs(connection, this.pipe, this.logger);
    if (!start.negotiated) return;
    const data = {
      websocket_id: start.id,
      codec,
      inputSampleRate: sampleRate,
      outputSampleRate: start.sampleRate ?? outputSampleRate,
      channels: numberOfChannels,
      binary: start.binary,
      outputs: start.outputs,
    };
    this.pipe.send(JSON.stringify({ type: 'started', data }));
  }

  #binary(bytes: Buffer): void {
    if (this.#start?.binary !== true) {
      throw new ProtocolError(
        'unexpected-binary',
        'Binary messages need "binary": true in "start"',
      );
    }
    this.#sound(bytes);
  }

  #sound(bytes: Buffer): void {
    const { connection } = this;
    if (connection === null || this.#reader === null || this.port.mode === 'receive') return;
    for (const frame of this.#reader.read(bytes)) connection.receiveAudio(frame);
  }

  #joined(event: string): MediaConnection {
    if (this.connection !== null) return this.connection;
    throw new ProtocolError('not-started', `"${event}" came before "start"`);
  }
}

/** Rates of a connection without a handler, as `StreamHandler` has them. */
const handlerDefaults = { inputSampleRate: 48_000, outputSampleRate: 24_000 };

/** The inputs in an array, or the fields of an object, in their order. */
function readInputs({ data }: JsonObject): readonly unknown[] {
  if (Array.isArray(data)) return data as unknown[];
  if (isObject(data)) return Object.values(data);
  throw new ProtocolError('invalid-event', '"data" of "input" must be an array or an object');
}

/** Text as it is, anything else as JSON. */
function readText({ data }: JsonObject): string {
  if (typeof data === 'string') return data;
  if (data === undefined) throw new ProtocolError('invalid-event', '"message" has no "data"');
  return JSON.stringify(data);
}
