import { sleep } from '../../util/sleep.js';
import type { Logger } from '../../logger.js';
import type { MediaConnection } from '../core/stream-port.js';
import type { SocketPipe } from './socket-pipe.js';

/** While so many bytes wait for the network, outputs wait in the connection, where they are bounded. */
const maxBuffered = 64 * 1024;
const pollMs = 50;

/** Sends a connection's outputs as they come: `{"type":"output","data":[...]}`. Resolves at the end; never rejects. */
export async function pushOutputs(
  connection: MediaConnection,
  pipe: SocketPipe,
  logger: Logger,
): Promise<void> {
  try {
    for await (const { args } of connection.readOutputs()) {
      while (pipe.bufferedBytes > maxBuffered && !pipe.closing) await sleep(pollMs);
      if (pipe.closing) return;
      pipe.send(JSON.stringify({ type: 'output', data: args }));
    }
  } catch (err) {
    logger.error({ err }, 'outputs could not be sent');
  }
}
