import { expect, onTestFinished } from 'vitest';
import { audioFromBytes } from '../../src/codec/audio-files.js';
import type { AudioData } from '../../src/media/audio-data.js';
import { Stream } from '../../src/stream.js';
import type { TestBrowser, TestPage } from './browser.js';

// What the page has and Node has not; see browser.ts.
interface Analyser {
  fftSize: number;
  frequencyBinCount: number;
  getFloatFrequencyData(data: Float32Array): void;
}
interface Context {
  sampleRate: number;
  createMediaStreamSource(stream: unknown): { connect(node: Analyser): void };
  createAnalyser(): Analyser;
}
interface Client {
  readonly state: ClientState;
  readonly transport: string | null;
  readonly webrtcId: string;
  readonly localStream: unknown;
  readonly remoteStream: unknown;
  readonly cameraId: string;
  connect(): Promise<void>;
  disconnect(): void;
  setInputs(inputs: object): Promise<void>;
  on(name: string, listener: (detail: unknown) => void): void;
}
interface Video {
  videoWidth: number;
  videoHeight: number;
}
declare const framegearClient: Client;
declare const window: { testAnalysers?: Record<string, { stream: unknown; analyser: Analyser }> };
declare const document: { querySelector(selector: string): unknown };
declare const MediaRecorder: new (stream: unknown) => {
  ondataavailable: ((event: { data: Blob }) => void) | null;
  start(): void;
  stop(): void;
};
declare const AudioContext: new () => Context;
declare const OffscreenCanvas: new (
  width: number,
  height: number,
) => {
  getContext(kind: '2d'): {
    drawImage(image: Video, x: number, y: number, width: number, height: number): void;
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8Array };
  };
};

/** Where the client stands, as its `state` says. */
export interface ClientState {
  state: string;
  code: string;
  reason: string;
}

/** Red, green, blue. */
export type Colour = readonly [number, number, number];

/** Listens on a free port until the test ends. */
export async function serveStream(
  options: ConstructorParameters<typeof Stream>[0],
): Promise<{ stream: Stream; url: string }> {
  const stream = new Stream(options);
  onTestFinished(() => stream.close());
  const { url } = await stream.listen({ port: 0, host: '127.0.0.1' });
  return { stream, url };
}

/** Opens the page of a stream; closed with the test. */
export async function openStreamPage(browser: TestBrowser, url: string): Promise<TestPage> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  expect(await page.goto(url)).toBe(200);
  return page;
}

/** Opens the page, starts it, and waits until media flow. */
export async function startStreamPage(browser: TestBrowser, url: string): Promise<TestPage> {
  const page = await openStreamPage(browser, url);
  await page.click('#start');
  await expectState(page, { state: 'open' });
  return page;
}

/** Where the page's client stands. */
export function clientState(page: TestPage): Promise<ClientState> {
  return page.evaluate(() => {
    const { state, code, reason } = framegearClient.state;
    return { state, code, reason };
  });
}

/** Waits for a state of the page's client. */
export async function expectState(
  page: TestPage,
  state: Partial<ClientState>,
  timeout: number = 30_000,
): Promise<void> {
  await expect.poll(() => clientState(page), { timeout }).toMatchObject(state);
}

/** How the connection is carried. */
export function transportOf(page: TestPage): Promise<string | null> {
  return page.evaluate(() => framegearClient.transport);
}

/** Gives the handler its inputs, through the page's client. */
export function setInputs(page: TestPage, inputs: object): Promise<void> {
  return page.evaluate((values) => framegearClient.setInputs(values), inputs);
}

/** The middle of each quarter of what a video element shows: top left, top right, bottom left, bottom right. */
export function quartersOf(page: TestPage, selector: string): Promise<Colour[]> {
  return page.evaluate((wanted) => {
    const video = document.querySelector(wanted) as Video;
    if (video.videoWidth < 3) return [];
    const context = new OffscreenCanvas(4, 4).getContext('2d');
    context.drawImage(video, 0, 0, 4, 4);
    return [
      [0, 0],
      [3, 0],
      [0, 3],
      [3, 3],
    ].map(([x = 0, y = 0]) => {
      const [red = 0, green = 0, blue = 0] = context.getImageData(x, y, 1, 1).data;
      return [red, green, blue];
    });
  }, selector);
}

/** Waits until the quarters of a video element have these colours, give or take what coding takes. */
export async function expectQuarters(
  page: TestPage,
  selector: string,
  colours: readonly Colour[],
): Promise<void> {
  const isClose = (quarters: readonly Colour[]): boolean =>
    colours.every((colour, index) =>
      colour.every((value, channel) => Math.abs(value - (quarters[index]?.[channel] ?? -99)) < 26),
    );
  const seen = async (): Promise<readonly Colour[]> => {
    const quarters = await quartersOf(page, selector);
    return isClose(quarters) ? colours : quarters;
  };
  await expect.poll(seen, { timeout: 30_000 }).toEqual(colours);
}

/** The loudest tone of a stream of the page, in Hz, and its level in dB; -Infinity without sound. */
export function loudestTone(
  page: TestPage,
  which: 'localStream' | 'remoteStream',
): Promise<{ hertz: number; decibels: number }> {
  return page.evaluate((name) => {
    const stream = framegearClient[name];
    const analysers = (window.testAnalysers ??= {});
    let known = analysers[name];
    if (!known || known.stream !== stream) {
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      analyser.fftSize = 16_384;
      context.createMediaStreamSource(stream).connect(analyser);
      known = { stream, analyser };
      analysers[name] = known;
    }
    const { analyser } = known;
    const decibels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(decibels);
    const loudest = decibels.reduce((best, value, bin) => {
      return value > (decibels[best] ?? -Infinity) ? bin : best;
    }, 0);
    // 48,000 Hz unless the machine's sound card says otherwise
    const { sampleRate } = (analyser as unknown as { context: Context }).context;
    const hertz = (loudest * sampleRate) / analyser.fftSize;
    return { hertz, decibels: Math.max(-200, decibels[loudest] ?? -200) };
  }, which);
}

/** Waits until what comes back is the microphone's tone, as loud as it went out. */
export async function expectToneBack(page: TestPage, hertz: number): Promise<void> {
  const compare = async (): Promise<{ isTone: boolean; isAsLoud: boolean }> => {
    const [sent, back] = [
      await loudestTone(page, 'localStream'),
      await loudestTone(page, 'remoteStream'),
    ];
    return {
      isTone: Math.abs(back.hertz - hertz) < 5 && back.decibels > -60,
      isAsLoud: Math.abs(back.decibels - sent.decibels) < 3,
    };
  };
  await expect.poll(compare, { timeout: 30_000 }).toEqual({ isTone: true, isAsLoud: true });
}

/** A second and a half of a stream of the page, as the browser records it: for browsers without a sound card. */
export async function recordSound(
  page: TestPage,
  which: 'localStream' | 'remoteStream',
): Promise<AudioData> {
  const base64 = await page.evaluate(async (name) => {
    const recorder = new MediaRecorder(framegearClient[name]);
    const recorded = new Promise<Blob>((resolve) => {
      recorder.ondataavailable = ({ data }) => resolve(data);
    });
    recorder.start();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    recorder.stop();
    const bytes = new Uint8Array(await (await recorded).arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, which);
  return audioFromBytes(Buffer.from(base64, 'base64'));
}

/** Whether an element takes any room on the page. */
export function isShown(page: TestPage, selector: string): Promise<boolean> {
  return page.evaluate((wanted) => {
    const element = document.querySelector(wanted) as { getClientRects(): { length: number } };
    return element.getClientRects().length > 0;
  }, selector);
}

/** The id of the page's connection. */
export function idOf(page: TestPage): Promise<string> {
  return page.evaluate(() => framegearClient.webrtcId);
}
