/** Longest message a socket shall take in, for what adapts it: `maxPayload` of `ws`. Longer ones close it with 1009. */
export const maxSocketMessageBytes: number = 1024 * 1024;

/** What a {@link MessageSocket} tells. */
export interface MessageSocketListener {
  /** A whole message: a string when it was sent as text, a Buffer when as binary. */
  message(data: string | Buffer): void;
  /** The far end has answered a ping. */
  pong(): void;
  /** The last call, exactly once, also after `close()` and `terminate()`; errors of the socket come to this alone. */
  closed(code: number, reason: string): void;
}

/**
 * A WebSocket as the transports need it; `http/` makes one of a `ws` socket. None of its methods throw, also after the
 * end, when they do nothing. Messages that come before `listen()` are kept for it, and so is the end. It answers the far
 * end's pings itself, but not while more than 64 KiB wait for the network: pings that nobody reads answers to are free to send.
 */
export interface MessageSocket {
  /** Bytes that were sent and wait for the network. */
  readonly bufferedBytes: number;
  /** Who is told; called once. */
  listen(listener: MessageSocketListener): void;
  /** Sends a string as text, a Buffer as binary. */
  send(data: string | Buffer): void;
  /** Says goodbye: `code` 1000 to 1011, `reason` at most 123 bytes. What was sent before still goes out. */
  close(code: number, reason: string): void;
  /** Drops the socket at once, without goodbye. */
  terminate(): void;
  /** Sends a WebSocket ping. */
  ping(): void;
}
