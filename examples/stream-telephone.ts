// A number to call, through Twilio: the caller hears a tone, and then their own voice.
//
//   TWILIO_AUTH_TOKEN=... npx tsx examples/stream-telephone.ts
//
// Make this machine reachable over HTTPS, and give Twilio `https://YOUR-HOST/telephone/incoming` as the number's voice webhook.
import { AudioData, Stream, StreamHandler } from 'framegear';

const sampleRate = 8000;

class Operator extends StreamHandler {
  readonly #queue: AudioData[] = [];

  copy(): Operator {
    return new Operator(this);
  }

  override startUp(): void {
    const tone = Float32Array.from({ length: sampleRate / 2 }, (_, i) =>
      Math.sin((2 * Math.PI * 440 * i) / sampleRate),
    );
    this.#queue.push(
      AudioData.from(
        tone.map((sample) => sample / 4),
        { sampleRate },
      ),
    );
  }

  receive(frame: AudioData): void {
    this.#queue.push(frame);
  }

  emit(): AudioData | null {
    return this.#queue.shift() ?? null;
  }
}

const authToken = process.env['TWILIO_AUTH_TOKEN'];
const stream = new Stream({
  modality: 'audio',
  handler: new Operator({ inputSampleRate: sampleRate, outputSampleRate: sampleRate }),
  concurrencyLimit: 10,
  routes: { telephone: { ...(authToken && { authToken }), greeting: 'One moment.' } },
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`calls come to ${url}telephone/incoming`);
process.once('SIGINT', () => void stream.close());
