import type { ChatMessage } from './handlers/stream-handler.js';

/**
 * What the server says over the data channel or socket, as FastRTC's clients know it. `error` and `warning` carry their text
 * twice: clients read `message`, the documentation says `data`.
 */
export type ServerMessage =
  | { readonly type: 'log'; readonly data: string }
  | { readonly type: 'send_input' | 'fetch_output'; readonly data: readonly [] }
  | { readonly type: 'stopword' | 'server_closing'; readonly data: '' }
  | { readonly type: 'end_stream'; readonly data: string }
  | { readonly type: 'update_connection'; readonly data: ConnectionState }
  | { readonly type: 'error' | 'warning'; readonly data: string; readonly message: string }
  | { readonly type: 'chat'; readonly id: string; readonly message: string }
  | { readonly type: 'avatar_end' };

/** What `update_connection` makes of the client's button. */
export type ConnectionState = 'open' | 'closed';

/** How far a turn has come: the `log` messages of handlers that take turns. */
export type TurnStep = 'started_talking' | 'pause_detected' | 'response_starting';

/** How far a turn has come. */
export function turnLog(step: TurnStep): ServerMessage {
  return { type: 'log', data: step };
}

/** The answer to every text on a WebRTC data channel; clients wait for that of their `handshake`. */
export function receivedLog(text: string): ServerMessage {
  return { type: 'log', data: `Server received: ${text}` };
}

/** Asks the client for its inputs. */
export function sendInput(): ServerMessage {
  return { type: 'send_input', data: [] };
}

/** Tells the client that outputs are there to be fetched. */
export function fetchOutput(): ServerMessage {
  return { type: 'fetch_output', data: [] };
}

/** A stop word was heard. */
export function stopWord(): ServerMessage {
  return { type: 'stopword', data: '' };
}

/** The end; the client shows the text and hangs up. */
export function endStream(text: string): ServerMessage {
  return { type: 'end_stream', data: text };
}

/**
 * The server stops, and may be back soon. FastRTC has no such message, and its clients pass over it; ours tells by it that
 * connecting again is worth a try.
 */
export function serverClosing(): ServerMessage {
  return { type: 'server_closing', data: '' };
}

/** Sets the state that the client shows. */
export function updateConnection(state: ConnectionState): ServerMessage {
  return { type: 'update_connection', data: state };
}

/** Something failed. */
export function errorMessage(text: string): ServerMessage {
  return { type: 'error', data: text, message: text };
}

/** Something to look out for. */
export function warningMessage(text: string): ServerMessage {
  return { type: 'warning', data: text, message: text };
}

/** A part of an answer in text; parts with one `id` are put together. From the fork of HumanAIGC-Engineering. */
export function chatPart(id: string, message: string): ServerMessage {
  return { type: 'chat', id, message };
}

/** The answer is over: the client takes input again. From the fork of HumanAIGC-Engineering. */
export function avatarEnd(): ServerMessage {
  return { type: 'avatar_end' };
}

/** The text as a `chat` or `stop_chat` message; `null` when it is another. */
export function readChat(text: string): ChatMessage | null {
  // Most texts are short words: looked at before they are parsed.
  if (!/^\s*\{/.test(text) || !text.includes('chat')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { type, data } = value as { type?: unknown; data?: unknown };
  if (type === 'stop_chat') return { type, data: '' };
  return type === 'chat' && typeof data === 'string' ? { type, data } : null;
}
