import { StreamError } from '../../errors.js';

/** What a client can do wrong, with the code its socket is closed with (RFC 6455, 7.4.1). */
const closeCodes = {
  'invalid-json': 1007,
  'invalid-event': 1007,
  'invalid-payload': 1007,
  'unexpected-binary': 1003,
  'message-too-long': 1009,
  'already-started': 1008,
  'not-started': 1008,
  'start-timeout': 1008,
  'too-many-messages': 1008,
} as const;

/** Names of faults. */
export type ProtocolErrorCode = keyof typeof closeCodes;

/** A message that breaks the protocol: its sender is told, and its socket closed. */
export class ProtocolError extends StreamError {
  /** What the socket is closed with: 1003, 1007, 1008 or 1009. */
  readonly closeCode: number;

  constructor(code: ProtocolErrorCode, message: string, cause?: unknown) {
    super(message, { code, cause });
    this.closeCode = closeCodes[code];
  }
}
