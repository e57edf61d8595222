import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/http-app.js';
import { FramegearProcess } from '../support/framegear-process.js';
import { RealtimeClient } from '../support/realtime-client.js';
import type { RealtimeClientOptions } from '../support/realtime-client.js';
import { ask, closeOf, openedWebSocket } from '../support/stream-routes.js';
import { EventReader, post } from '../support/stream-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs one as its first comment says, on a free port. */
async function start(example: string): Promise<FramegearProcess> {
  const started = await FramegearProcess.start([`examples/${example}`], {
    bin: 'node_modules/tsx/dist/cli.mjs',
    cwd: root,
    env: { PORT: '0', HOME: await temporaryFolder() },
  });
  onTestFinished(async () => {
    // an example ends by itself when it is told to
    expect(await started.stop()).toBe(0);
  });
  return started;
}

async function connect(
  url: string,
  options: RealtimeClientOptions,
  headers: Record<string, string> = {},
): Promise<RealtimeClient> {
  const client = await RealtimeClient.connect(
    async (body) => (await post(`${url}webrtc/offer`, body, headers)).body,
    options,
  );
  onTestFinished(() => client.close());
  return client;
}

/** Colour of a place in the newest picture, from 0 to 1 each way. */
function colourAt({ lastPicture }: RealtimeClient, x: number, y: number): number[] {
  if (lastPicture === null) return [];
  const { width, height, rgb } = lastPicture;
  const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 3;
  return [...rgb.subarray(at, at + 3)];
}

/** How much brighter the left side is than the right one; both are grey. */
function leftLead(client: RealtimeClient): number {
  const [left = 0] = colourAt(client, 0.25, 0.5);
  const [right = 0] = colourAt(client, 0.75, 0.5);
  return left - right;
}

const soon = { timeout: 15_000 };

describe('examples of streams', () => {
  it('picture: comes back mirrored, and grey', async () => {
    const { url } = await start('stream-picture.ts');
    // red on the left, which is brighter than the blue on the right
    const client = await connect(url, { video: 'sendrecv' });
    await expect.poll(() => leftLead(client), soon).toBeLessThan(-20);
    const [red = 0, green = 0, blue = 0] = colourAt(client, 0.75, 0.5);
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(12);
  });

  it('echo: is heard', async () => {
    const { url } = await start('stream-echo.ts');
    const client = await connect(url, { audio: 'sendrecv', tone: 440 });
    await expect.poll(() => loudness(client.sound), soon).toBeGreaterThan(1000);
  });

  it('generator: is seen by who only watches', async () => {
    const { url } = await start('stream-generator.ts');
    const client = await connect(url, { video: 'recvonly' });
    await expect.poll(() => client.pictures, soon).toBeGreaterThan(10);
    expect(client.lastPicture).toMatchObject({ width: 640, height: 360 });
  });

  it('chat: sound, picture and words come back', async () => {
    const { url } = await start('stream-chat.ts');
    const client = await connect(url, { audio: 'sendrecv', video: 'sendrecv' });
    await client.waitFor(() => client.channelOpen, 'channel');
    client.send('{"type":"chat","data":"good morning"}');
    const said = (): string =>
      client.events
        .filter(({ type }) => type === 'chat')
        .map(({ message }) => message)
        .join('');
    await expect.poll(said, soon).toBe('You said: good morning');
    await expect.poll(() => client.events.at(-1), soon).toEqual({ type: 'avatar_end' });
    await expect.poll(() => loudness(client.sound), soon).toBeGreaterThan(1000);
    await expect.poll(() => client.pictures, soon).toBeGreaterThan(10);
  });

  it('inputs: change the picture, and outputs tell of it', async () => {
    const { url } = await start('stream-inputs/main.ts');
    expect(await (await fetch(url)).text()).toContain('<title>Threshold</title>');
    const client = await connect(url, { video: 'sendrecv' });
    await expect.poll(() => colourAt(client, 0.25, 0.5)[0], soon).toBeGreaterThan(150);
    const input = (limit: number): Promise<unknown> =>
      post(`${url}input_hook`, { webrtc_id: client.id, limit });
    const outputs = await EventReader.open(`${url}outputs?webrtc_id=${client.id}`);
    await input(0);
    await expect.poll(() => colourAt(client, 0.5, 0.5), soon).toSatisfy(isNearly(255));
    await expect.poll(() => outputs.data.at(-1), soon).toEqual({ bright: 1 });
    await input(256);
    await expect.poll(() => colourAt(client, 0.5, 0.5), soon).toSatisfy(isNearly(0));
    await expect.poll(() => outputs.data.at(-1), soon).toEqual({ bright: 0 });
  });

  it('express: two streams behind a key', async () => {
    const { url } = await start('stream-express.ts');
    const front = await fetch(url);
    const cookie = (front.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect((await fetch(`${url}plain/`)).status).toBe(401);
    expect(await (await fetch(`${url}plain/`, { headers: { cookie } })).text()).toContain(
      'client/',
    );
    const client = await connect(`${url}upside-down/`, { video: 'sendrecv' }, { cookie });
    // half a turn brings the blue to the left
    await expect.poll(() => colourAt(client, 0.25, 0.5)[2], soon).toBeGreaterThan(150);
    expect(await (await fetch(`${url}visitors`)).json()).toEqual([1, 0]);
  });

  it('module: slow code holds nobody up', async () => {
    const { url } = await start('stream-module/main.ts');
    const client = await connect(url, { video: 'sendrecv' });
    await expect.poll(() => client.pictures, soon).toBeGreaterThan(3);
    const begun = performance.now();
    for (let i = 0; i < 10; i += 1) await (await fetch(`${url}webrtc/configuration`)).text();
    // ten times behind a picture would be a second
    expect(performance.now() - begun).toBeLessThan(800);
  });

  it('telephone: a call hears a tone', async () => {
    const { url } = await start('stream-telephone.ts');
    const { body } = await post(`${url}telephone/incoming`, 'CallSid=CA1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    const address = /<Stream url="([^"]+)"/.exec(String(body))?.[1] ?? '';
    expect(body).toContain('<Say>One moment.</Say>');
    const socket = await openedWebSocket(address);
    const first = await ask(socket, { event: 'start', streamSid: 'MZ1', start: {} });
    expect(first).toMatchObject({ event: 'media', streamSid: 'MZ1' });
    const closed = closeOf(socket);
    socket.send('{"event":"stop"}');
    expect((await closed).code).toBe(1000);
  });
});

function loudness(samples: Int16Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

function isNearly(value: number): (colour: number[]) => boolean {
  return (colour) => colour.length === 3 && colour.every((part) => Math.abs(part - value) < 24);
}
