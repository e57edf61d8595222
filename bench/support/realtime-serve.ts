/** A stream on a desk in a process of its own, so that its CPU time is its own. */
import process from 'node:process';
import {
  EchoBothHandler,
  EchoHandler,
  openDesk,
  serveDesk,
} from '../../test/support/realtime-desk.js';
import type { VideoFrame } from '../../src/media/video-frame.js';

/** What the stream carries. */
export type EchoKind = 'audio' | 'video' | 'audio-video';

process.once('message', (modality: EchoKind) => void serve(modality));
process.once('disconnect', () => process.exit());

async function serve(modality: EchoKind): Promise<void> {
  const handlers = {
    audio: new EchoHandler(),
    video: (frame: VideoFrame) => frame,
    'audio-video': new EchoBothHandler(),
  };
  const handler = handlers[modality];
  const { core, desk } = openDesk({ handler, modality, concurrencyLimit: Infinity });
  const server = await serveDesk(desk);
  process.on('message', (question: string) => {
    if (question === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss() });
    }
    if (question === 'close') {
      server.close();
      void core.close().then(() => process.disconnect());
    }
  });
  process.send?.({ url: server.url });
}
