/** A `Stream` in a process of its own, so that its CPU time is its own; the handler is named by the first message. */
import process from 'node:process';
import { Stream, StreamHandler, VideoFrame } from 'framegear';
import type { AudioOutput, AudioData } from 'framegear';

/** Gives back what it hears. */
class Echo extends StreamHandler {
  readonly #heard: AudioData[] = [];

  copy(): Echo {
    return new Echo({ outputSampleRate: this.outputSampleRate });
  }

  receive(frame: AudioData): void {
    this.#heard.push(frame);
  }

  emit(): AudioOutput {
    return this.#heard.shift() ?? null;
  }
}

/** Looks at every pixel. */
function grey(frame: VideoFrame): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'GRAY8' });
  return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth, codedHeight, timestamp });
}

async function serve(modality: 'audio' | 'video'): Promise<void> {
  const concurrencyLimit = Infinity;
  const stream =
    modality === 'video'
      ? new Stream({ modality, handler: grey, concurrencyLimit })
      : new Stream({ modality, handler: new Echo({ outputSampleRate: 48_000 }), concurrencyLimit });
  const { url } = await stream.listen({ port: 0 });
  process.on('message', (question: string) => {
    if (question === 'usage') {
      globalThis.gc?.();
      const { user, system } = process.cpuUsage();
      process.send?.({ cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss() });
    }
    if (question === 'close') void stream.close().then(() => process.disconnect());
  });
  process.send?.({ url });
}

process.once('message', (modality: 'audio' | 'video') => void serve(modality));
