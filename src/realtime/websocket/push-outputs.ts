import { sleep } from '../../util/sleep.js';
import type { Logger } from '../../logger.js';
import type { MediaConnection } from '../core/stream-port.js';
import type { SocketPipe } from './socket-pipe.js';

/** While so many bytes wait for the network, outputs wait in the connection, where they are bounded. */
const maxBuffered = 64 * 1024;
const pollMs = 50;

/**
 * Sends a connection's outputs as they come: `{"type":"output","data":...}`, one value as it is, several as a list, as on `/outputs`.
 * Resolves at the end; never rejects.
 */
export async function pushOutputs(
  connection: MediaConnection,
  pipe: SocketPipe,
  logger: Logger,
): Promise<void> {
  try {
    for await (const { args } of connection.readOutputs()) {
      while (pipe.bufferedBytes > maxBuffered && !pipe.closing) await sleep(pollMs);
      if (pipe.closing) return;
      const text = textOf(args, logger);
      if (text !== null) pipe.send(text);
    }
  } catch (err) {
    logger.error({ err }, 'outputs could not be sent');
  }
}

function textOf(args: readonly unknown[], logger: Logger): string | null {
  const data = args.length === 1 ? args[0] : args;
  try {
    return JSON.stringify({ type: 'output', data: data ?? null });
  } catch (err) {
    logger.warn({ err }, 'an output cannot be written as JSON; it is left out');
    return null;
  }
}
