/** A server in a process of its own, told by messages what to do, so that its CPU and memory are its own. */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { keepHeapSmall } from '../../src/cli/heap.js';
import { createServer } from 'framegear';
import type { ServerOptions } from 'framegear';

interface ServeRequest {
  /** Only what a message can carry: transforms by their paths. */
  options: ServerOptions;
}

// As the command does.
keepHeapSmall();

process.once('message', (request: ServeRequest) => void serve(request));

async function serve({ options }: ServeRequest): Promise<void> {
  const server = await createServer({ ...options, port: 0 });
  const { url } = await server.listen();
  process.on('message', (question: string) => void answer(question));
  process.send?.({ url });

  async function answer(question: string): Promise<void> {
    // Apart from what is asked of CPU time: a collection costs some, and V8 throws optimized code away with it.
    if (question === 'collect') {
      globalThis.gc?.();
      process.send?.('collected');
    }
    if (question === 'usage') {
      const { user, system } = process.cpuUsage();
      const { rss } = process.memoryUsage();
      const [stream] = server.streams.values();
      process.send?.({
        cpuMs: (user + system) / 1000,
        rss,
        sessions: server.sessions.size,
        files: openFiles(),
        stats: stream?.stats(),
      });
    }
    if (question === 'close') {
      await server.close();
      process.disconnect();
    }
  }
}

/** Files and sockets of this process; 0 where that is not to be known. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
