import { describeValue } from '../handlers/describe-value.js';
import { AdditionalOutputs, CloseStream } from '../handlers/outputs.js';

/** A result of a handler, taken apart. */
export interface HandlerResult<Frame> {
  frame: Frame | null;
  outputs: AdditionalOutputs | null;
  close: CloseStream | null;
}

/** `VideoFrame` or `AudioData`. */
interface Media {
  readonly closed: boolean;
  close(): void;
}

type MediaClass<Frame> = new (...args: never[]) => Frame;

/**
 * Takes apart what a handler gave.
 *
 * @param name - What gave it, for messages.
 * @throws {TypeError} naming what was got, when it is none of what a handler may give; frames among it are closed.
 */
export function readResult<Frame extends Media>(
  value: unknown,
  Frame: MediaClass<Frame>,
  name: string,
): HandlerResult<Frame> {
  const result: HandlerResult<Frame> = { frame: null, outputs: null, close: null };
  if (value === null || value === undefined) return result;
  if (value instanceof Frame && !value.closed) {
    result.frame = value;
    return result;
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  try {
    for (const item of items) sort(item, result, Frame, name);
  } catch (error) {
    for (const item of items) if (item instanceof Frame) item.close();
    throw error;
  }
  return result;
}

function sort<Frame extends Media>(
  item: unknown,
  result: HandlerResult<Frame>,
  Frame: MediaClass<Frame>,
  name: string,
): void {
  if (item === null || item === undefined) return;
  const kind =
    item instanceof Frame
      ? 'frame'
      : item instanceof AdditionalOutputs
        ? 'outputs'
        : item instanceof CloseStream
          ? 'close'
          : null;
  if (kind === null) {
    const wanted = `expected ${Frame.name}, AdditionalOutputs, CloseStream or nothing`;
    throw new TypeError(`${name}: ${wanted}, got ${describeValue(item)}`);
  }
  if (result[kind] !== null) {
    throw new TypeError(`${name}: expected one of each kind, got two of ${describeValue(item)}`);
  }
  if (item instanceof Frame && item.closed) {
    throw new TypeError(`${name}: expected an open ${Frame.name}, got a closed one`);
  }
  Object.assign(result, { [kind]: item });
}
