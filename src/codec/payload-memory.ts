/** Makes room for the payloads of one picture. */
export type AllocatePayloads = (bytes: number) => Buffer;

/** What payloads are cut to, and where they are put. */
export interface PayloadRoom {
  /** Bytes of the largest payload, its own header included. */
  maxSize: number;
  allocate: AllocatePayloads;
}

/** Memory of this thread. */
export const allocateOwn: AllocatePayloads = (bytes) => Buffer.allocUnsafe(bytes);

/** Memory that other threads can read where it is; costs 3 µs a picture, for it is cleared. */
export const allocateShared: AllocatePayloads = (bytes) =>
  Buffer.from(new SharedArrayBuffer(bytes));
