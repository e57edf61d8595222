import { maxIdLength } from '../core/stream-port.js';
import { ProtocolError } from './protocol-error.js';

/** A JSON object of the wire. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One message of a client. */
export interface ClientEvent {
  /** Its `event`; of the fork's chat messages, which have none, their `type`. */
  readonly name: string;
  /** All of it. */
  readonly body: JsonObject;
}

/** Longest message that is read: JSON with a second of 16-bit stereo at 48 kHz in it, twice. */
export const maxMessageBytes: number = 512 * 1024;

/** @throws {ProtocolError} `message-too-long`. */
export function checkLength(data: string | Buffer): void {
  if (data.length > maxMessageBytes) {
    throw new ProtocolError('message-too-long', `A message may have ${maxMessageBytes} bytes`);
  }
}

/**
 * Reads a text message.
 *
 * @throws {ProtocolError} when it is too long, not JSON, no object, or has no `event`.
 */
export function readEvent(text: string): ClientEvent {
  checkLength(text);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ProtocolError('invalid-json', 'The message is not JSON', error);
  }
  if (!isObject(body)) throw new ProtocolError('invalid-event', 'The message is not a JSON object');
  const { event, type } = body;
  if (typeof event === 'string') return { name: event, body };
  if (event === undefined && (type === 'chat' || type === 'stop_chat')) return { name: type, body };
  throw new ProtocolError('invalid-event', 'The message has no "event"');
}

/** True for a JSON object, not for `null` or an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The id that a `start` event chose.
 *
 * @throws {ProtocolError} when it is no string of 1 to 128 characters.
 */
export function readId(body: JsonObject, field: string): string {
  const id = body[field];
  if (typeof id === 'string' && id.length >= 1 && id.length <= maxIdLength) return id;
  throw new ProtocolError(
    'invalid-event',
    `"${field}" must be a string of 1 to ${maxIdLength} characters`,
  );
}

/**
 * The bytes of a `media` event.
 *
 * @throws {ProtocolError} when `media.payload` is missing or not base64.
 */
export function readPayload(body: JsonObject): Buffer {
  const { media } = body;
  const payload = isObject(media) ? media.payload : undefined;
  if (typeof payload !== 'string') {
    throw new ProtocolError('invalid-event', '"media.payload" must be a string');
  }
  const bytes = Buffer.from(payload, 'base64');
  // Node passes over what is not base64; what it passed over is missing then.
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  const digits = payload.length - padding;
  if (digits % 4 === 1 || bytes.length !== Math.floor((digits * 3) / 4)) {
    throw new ProtocolError('invalid-payload', '"media.payload" is not base64');
  }
  return bytes;
}
