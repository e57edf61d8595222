/** What a connection has carried, and what it left out and why. Pieces of sound and pictures, counted since it was made. */
export interface ConnectionStats {
  /** Pieces of the client's sound. */
  audioIn: number;
  /** Pieces of 20 ms that went to the client. */
  audioOut: number;
  /** Pictures of the client. */
  videoIn: number;
  /** Pictures that went to the client. */
  videoOut: number;
  /** Texts and binary messages of the client. */
  messagesIn: number;
  /** Outputs of the handler. */
  outputs: number;
  /** What the handler threw, and results that are none. */
  handlerErrors: number;
  /** What was left out. */
  dropped: DroppedCounts;
}

/** What was left out, by reason. */
export interface DroppedCounts {
  /** Pieces of the client's sound: 10 s waited for a slow `receive`. */
  audioInFull: number;
  /** Pieces of 20 ms that `clearQueue()` threw away. */
  audioOutCleared: number;
  /** Pictures of the client: a slow handler was given newer ones. */
  videoInFull: number;
  /** Pictures whose call failed. */
  videoFailed: number;
  /** Sound or pictures that the stream's mode has no use for. */
  unwanted: number;
  /** Messages of the client: 64 waited for a slow handler. */
  messagesFull: number;
}

/** All zero. */
export function newConnectionStats(): ConnectionStats {
  return {
    audioIn: 0,
    audioOut: 0,
    videoIn: 0,
    videoOut: 0,
    messagesIn: 0,
    outputs: 0,
    handlerErrors: 0,
    dropped: {
      audioInFull: 0,
      audioOutCleared: 0,
      videoInFull: 0,
      videoFailed: 0,
      unwanted: 0,
      messagesFull: 0,
    },
  };
}
