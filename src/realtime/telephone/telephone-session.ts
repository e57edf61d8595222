import type { MediaConnection, StreamPort } from '../core/stream-port.js';
import type { MessageSocket } from '../websocket/message-socket.js';
import { ProtocolError } from '../websocket/protocol-error.js';
import { isObject, readEvent, readId, readPayload } from '../websocket/read-event.js';
import type { JsonObject } from '../websocket/read-event.js';
import { RefusedStartError } from '../websocket/refusal.js';
import { SocketSession } from '../websocket/socket-session.js';
import type { AcceptedSocket, SocketSessionOptions } from '../websocket/socket-session.js';
import { SoundReader } from '../websocket/sound-reader.js';
import type { SocketRequest } from '../websocket/websocket-session.js';
import { TelephoneLink } from './telephone-link.js';

/**
 * Serves a telephone call: the socket that Twilio opens for `<Connect><Stream>`. Never throws; closing the socket hangs up,
 * or goes on with what follows in the TwiML.
 *
 * @param port - The stream; audio, in any mode.
 * @param request - The request that was upgraded; its signature has been checked, if it is to be.
 * @see {@link https://www.twilio.com/docs/voice/media-streams/websocket-messages}
 */
export function acceptTelephone(
  port: StreamPort,
  socket: MessageSocket,
  request: SocketRequest,
  options: SocketSessionOptions = {},
): AcceptedSocket {
  const session = new TelephoneSession(port, socket, request, options);
  session.listen();
  return session;
}

class TelephoneSession extends SocketSession {
  readonly #request: SocketRequest;
  readonly #reader: SoundReader = new SoundReader({
    codec: 'mulaw',
    sampleRate: 8000,
    numberOfChannels: 1,
  });
  #link: TelephoneLink | null = null;
  #started = false;

  constructor(
    port: StreamPort,
    socket: MessageSocket,
    request: SocketRequest,
    options: SocketSessionOptions,
  ) {
    super(port, socket, options);
    this.#request = request;
  }

  protected override handle(data: string | Buffer): void {
    if (typeof data !== 'string') {
      throw new ProtocolError('unexpected-binary', 'Twilio sends text');
    }
    const { name, body } = readEvent(data);
    switch (name) {
      case 'start':
        this.#begin(body);
        break;
      case 'media':
        this.#sound(body);
        break;
      case 'mark':
        this.#mark(body);
        break;
      case 'dtmf':
        this.#digit(body);
        break;
      case 'stop':
        void this.pipe.close(1000, 'stopped', 'peer-closed');
        break;
      default:
      // `connected`, and what Twilio may add.
    }
  }

  /** Twilio would only warn its customer about a message that it does not know. */
  protected override tellError(): void {}

  /** As above; the call goes on with what follows in the TwiML. */
  protected override tellRefusal(): void {}

  #begin(body: JsonObject): void {
    if (this.#started) throw new ProtocolError('already-started', '"start" was sent twice');
    if (this.port.modality !== 'audio') {
      throw new RefusedStartError('unsupported_modality', 'Telephones carry sound only');
    }
    const start = isObject(body.start) ? body.start : {};
    const id = readId(body.streamSid === undefined ? start : body, 'streamSid');
    this.#started = true;
    this.join(
      { id, transport: 'telephone', headers: this.#request.headers, fields: fieldsOf(start) },
      () => (this.#link = new TelephoneLink(this.pipe, id, this.logger)),
      () => undefined,
    );
  }

  #sound(body: JsonObject): void {
    const connection = this.#listening(body);
    if (connection === null || this.port.mode === 'receive') return;
    for (const frame of this.#reader.read(readPayload(body))) connection.receiveAudio(frame);
  }

  /** The connection, when the sound is the caller's: a stream of both tracks brings our own as well. */
  #listening({ media }: JsonObject): MediaConnection | null {
    const track = isObject(media) ? media.track : undefined;
    return track === undefined || track === 'inbound' ? this.connection : null;
  }

  #mark({ mark }: JsonObject): void {
    if (isObject(mark) && typeof mark.name === 'string') this.#link?.reachedMark(mark.name);
  }

  #digit({ dtmf }: JsonObject): void {
    if (!isObject(dtmf) || typeof dtmf.digit !== 'string') {
      throw new ProtocolError('invalid-event', '"dtmf.digit" must be a string');
    }
    const message = { type: 'dtmf', digit: dtmf.digit };
    this.connection?.receiveMessage(JSON.stringify(message));
  }
}

/** What the TwiML sent along, and Twilio's names of the call. */
function fieldsOf({ customParameters, callSid, accountSid }: JsonObject): JsonObject {
  const fields = isObject(customParameters) ? { ...customParameters } : {};
  if (typeof callSid === 'string') fields.callSid = callSid;
  if (typeof accountSid === 'string') fields.accountSid = accountSid;
  return fields;
}
