// Text to speech by espeak-ng (Debian: apt install espeak-ng), as a child process for each sentence. The page greets you, and tells
// how long you spoke; speak again, and it falls silent.
//
//   npx tsx examples/turn-text-to-speech.ts
import { spawn } from 'node:child_process';
import { aggregateInt16, AudioData, getReplySignal, ReplyOnPause, Stream } from 'framegear';
import type { SpeakOptions, TextToSpeech } from 'framegear';

/** Gives sound while espeak-ng still speaks; what is not wanted any more is not spoken. */
class EspeakTextToSpeech implements TextToSpeech {
  readonly #voice: string;

  constructor(voice = 'en-us') {
    this.#voice = voice;
  }

  async *stream(
    text: string | AsyncIterable<string>,
    options: SpeakOptions = {},
  ): AsyncGenerator<AudioData> {
    if (typeof text === 'string') yield* this.#speak(text, options);
    else for await (const sentence of sentences(text)) yield* this.#speak(sentence, options);
  }

  async *#speak(text: string, { signal }: SpeakOptions): AsyncGenerator<AudioData> {
    signal?.throwIfAborted();
    const args = ['-v', this.#voice, '--stdout', '--stdin'];
    const child = spawn('espeak-ng', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', (cause) => reject(new Error('espeak-ng does not start', { cause })));
      child.once('exit', () => resolve());
    });
    const stop = (): void => void child.kill();
    signal?.addEventListener('abort', stop);
    // It may be gone before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
    try {
      for await (const samples of aggregateInt16(withoutHeader(child.stdout))) {
        yield AudioData.from(samples, { sampleRate: 22_050 });
      }
      await ended;
    } finally {
      signal?.removeEventListener('abort', stop);
      ended.catch(() => undefined);
      child.kill();
    }
  }
}

/** The samples of a WAV file; espeak-ng's have 44 bytes before them. */
async function* withoutHeader(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = 44;
  for await (const chunk of chunks) {
    yield chunk.subarray(Math.min(left, chunk.length));
    left -= Math.min(left, chunk.length);
  }
}

/** What a language model writes, a sentence at a time. */
async function* sentences(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const part of parts) {
    text += part;
    for (let end; (end = /[.!?]\s/.exec(text)) !== null;) {
      yield text.slice(0, end.index + 1);
      text = text.slice(end.index + 2);
    }
  }
  if (text.trim() !== '') yield text;
}

const tts = new EspeakTextToSpeech();

const stream = new Stream({
  modality: 'audio',
  handler: new ReplyOnPause(
    (audio) => {
      const seconds = (audio.duration / 1_000_000).toFixed(1);
      return tts.stream(`You spoke for ${seconds} seconds. Tell me more.`, {
        signal: getReplySignal(),
      });
    },
    { startupFn: () => tts.stream('Hello. I am listening.', { signal: getReplySignal() }) },
  ),
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
