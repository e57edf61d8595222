// Speech to text by any server that speaks OpenAI's API, such as whisper.cpp's on this machine:
//
//   whisper-server --model ggml-base.en.bin --inference-path /v1/audio/transcriptions
//   npx tsx examples/turn-speech-to-text.ts
//
// The page shows what you said, once you pause. Say "computer" first: nothing else is answered.
import {
  AdditionalOutputs,
  audioToBytes,
  getReplySignal,
  ReplyOnStopWords,
  Stream,
} from 'framegear';
import type { AudioData, SpeechToText, TranscribeOptions } from 'framegear';

interface ServerInit {
  /** With the version, without a slash at its end. */
  baseUrl: string;
  /** Left out where the server asks for none. */
  apiKey?: string;
  /** The server's name of it; a server with a single model ignores it. */
  model?: string;
}

/** Asks `POST {baseUrl}/audio/transcriptions`. */
class OpenAiSpeechToText implements SpeechToText {
  readonly #init: ServerInit;

  constructor(init: ServerInit) {
    this.#init = init;
  }

  async transcribe(audio: AudioData, { signal }: TranscribeOptions = {}): Promise<string> {
    const { baseUrl, apiKey, model = 'whisper-1' } = this.#init;
    const wav = await audioToBytes(audio, { format: 'wav' });
    const body = new FormData();
    body.set('file', new Blob([new Uint8Array(wav)], { type: 'audio/wav' }), 'speech.wav');
    body.set('model', model);
    body.set('response_format', 'json');
    const answer = await fetch(`${baseUrl}/audio/transcriptions`, {
      method: 'POST',
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      body,
      signal: signal ?? null,
    });
    if (!answer.ok) throw new Error(`speech to text: ${answer.status} ${await answer.text()}`);
    const { text } = (await answer.json()) as { text: string };
    return text.trim();
  }
}

const apiKey = process.env['STT_API_KEY'];
const stt = new OpenAiSpeechToText({
  baseUrl: process.env['STT_URL'] ?? 'http://localhost:8080/v1',
  ...(apiKey !== undefined && { apiKey }),
});

const stream = new Stream({
  modality: 'audio',
  handler: new ReplyOnStopWords(
    async (audio) =>
      new AdditionalOutputs(await stt.transcribe(audio, { signal: getReplySignal() })),
    ['computer'],
    { stt },
  ),
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
