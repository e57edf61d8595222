// Camera, microphone and text in one connection: sound and pictures come back, and what is typed is answered word by word.
//
//   npx tsx examples/stream-chat.ts
import { setTimeout as sleep } from 'node:timers/promises';
import { AudioVideoStreamHandler, Stream } from 'framegear';
import type { AudioData, ChatMessage, VideoFrame } from 'framegear';

class Parrot extends AudioVideoStreamHandler {
  readonly #heard: AudioData[] = [];
  #seen: VideoFrame | null = null;
  #answer = new AbortController();

  copy(): Parrot {
    return new Parrot(this);
  }

  receive(frame: AudioData): void {
    this.#heard.push(frame);
  }

  emit(): AudioData | null {
    return this.#heard.shift() ?? null;
  }

  videoReceive(frame: VideoFrame): void {
    this.#seen?.close();
    this.#seen = frame;
  }

  videoEmit(): VideoFrame | null {
    const frame = this.#seen;
    this.#seen = null;
    return frame;
  }

  override async onChat({ type, data }: ChatMessage): Promise<void> {
    this.#answer.abort();
    if (type === 'stop_chat') return;
    const { signal } = (this.#answer = new AbortController());
    const id = crypto.randomUUID();
    for (const word of `You said: ${data}`.split(/(?<= )/)) {
      if (signal.aborted) break;
      this.sendMessage({ type: 'chat', id, message: word });
      await sleep(100);
    }
    this.sendMessage({ type: 'avatar_end' });
  }

  override shutdown(): void {
    this.#answer.abort();
    this.#seen?.close();
  }
}

const stream = new Stream({
  modality: 'audio-video',
  handler: new Parrot({ outputSampleRate: 48_000 }),
  title: 'Parrot',
  concurrencyLimit: 4,
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
