import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { joinSamples, speak } from '../support/espeak.js';
import { FramegearProcess } from '../support/framegear-process.js';
import { SocketVisitor } from '../support/socket-visitor.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const turn = ['started_talking', 'pause_detected', 'response_starting'];
const patience = { timeout: 15_000 };

const silence = (ms: number): Int16Array => new Int16Array(ms * 16);
const say = (text: string): Int16Array => speak(text, { sampleRate: 16_000 });

/** Runs an example as its first comment says, on a free port, and connects. */
async function visit(example: string, env: NodeJS.ProcessEnv = {}): Promise<SocketVisitor> {
  const started = await FramegearProcess.start([`examples/${example}`], {
    bin: 'node_modules/tsx/dist/cli.mjs',
    cwd: root,
    env: { PORT: '0', ...env },
  });
  onTestFinished(() => started.stop().then(() => undefined));
  const visitor = await SocketVisitor.connect(started.url);
  onTestFinished(() => visitor.close());
  return visitor;
}

/** What an OpenAI-compatible server is asked, and answers. */
async function transcriber(texts: string[]): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      requests.push(`${request.method} ${request.url} ${body.toString('latin1')}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ text: texts[Math.min(requests.length, texts.length) - 1] }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, requests };
}

describe('examples of turn taking', () => {
  it('energy gate: says back what was said', async () => {
    const visitor = await visit('turn-energy-gate.ts');
    const speech = say('Hello there, how are you doing today?');
    await visitor.speak(joinSamples([silence(500), speech, silence(1500)]));
    await vi.waitFor(() => expect(visitor.heardSamples).toBeGreaterThan(speech.length), patience);
    expect(visitor.said.filter((text) => turn.includes(String(text)))).toEqual(turn);
  });

  it('speech to text: answers what follows the stop word', async () => {
    const { url, requests } = await transcriber(['Hey, Computer!', ' What time is it? ']);
    const visitor = await visit('turn-speech-to-text.ts', { STT_URL: url });
    await visitor.speak(joinSamples([silence(500), say('Hey computer, listen.'), silence(600)]));
    await vi.waitFor(() => expect(visitor.said).toContain('stopword'), patience);
    await visitor.speak(joinSamples([say('What time is it, please?'), silence(1500)]));
    await vi.waitFor(() => expect(visitor.said).toContain('response_starting'), patience);
    await vi.waitFor(
      () => expect(JSON.stringify(visitor.messages)).toContain('What time is it?'),
      patience,
    );
    expect(requests[0]).toMatch(/^POST \/v1\/audio\/transcriptions /);
    expect(requests[0]).toContain('RIFF');
    expect(requests[0]).toContain('whisper-1');
  });

  it('text to speech: greets, answers, and falls silent when spoken to', async () => {
    const visitor = await visit('turn-text-to-speech.ts');
    await vi.waitFor(() => expect(visitor.heardSamples).toBeGreaterThan(10_000), patience);
    expect(visitor.said).toContain('response_starting');
    const speech = say('Hello there, how are you doing today?');
    await visitor.speak(joinSamples([silence(500), speech, silence(1500)]));
    await vi.waitFor(() => expect(visitor.said).toContain('pause_detected'), patience);
    const { heardSamples } = visitor;
    await vi.waitFor(
      () => expect(visitor.heardSamples).toBeGreaterThan(heardSamples + 8000),
      patience,
    );
    await visitor.speak(say('Stop, that is enough for now.'));
    await vi.waitFor(() => expect(visitor.said).toContain('clear'), patience);
  });
});
