import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type * as Framegear from '../../src/index.js';
import type * as Context from '../../src/realtime/handlers/context.js';
import type { AudioData as Sound, VideoFrame as Picture } from '../../src/index.js';
import { FakeHandlerConnection } from '../support/fake-handler-connection.js';

// The build: Node starts no process from TypeScript, and the classes must be those that the process's code gets back.
const dist = new URL('../../dist/', import.meta.url);
const { AdditionalOutputs, AudioData, loadHandler, StreamHandler, VideoFrame, VideoStreamHandler } =
  (await import(new URL('index.js', dist).href)) as typeof Framegear;
const { runInContext } = (await import(
  new URL('realtime/handlers/context.js', dist).href
)) as typeof Context;

const fixtures = new URL('../fixtures/handlers/', import.meta.url);

async function connect(file: string): Promise<{
  handler: Framegear.StreamHandler;
  connection: FakeHandlerConnection;
  end: () => Promise<void>;
}> {
  const prototype = await loadHandler(new URL(file, fixtures));
  if (!(prototype instanceof StreamHandler)) throw new Error('no StreamHandler');
  const handler = prototype.copy();
  const connection = new FakeHandlerConnection();
  handler.bind(connection);
  const end = async (): Promise<void> => {
    await handler.shutdown();
    await prototype[Symbol.asyncDispose]();
  };
  return { handler, connection, end };
}

function picture(level: number): Picture {
  const size = { codedWidth: 16, codedHeight: 16 };
  return VideoFrame.fromBuffer(Buffer.alloc(16 * 16 * 3, level), {
    ...size,
    format: 'RGB',
    timestamp: 40_000,
  });
}

const tone = AudioData.from(Int16Array.of(1, 2, 3), { sampleRate: 48_000 });
const sent = (data: string): string => JSON.stringify({ type: 'log', data });

describe('a handler module in a process of its own', () => {
  it('hears, speaks, gives outputs, and shuts down', async () => {
    const { handler, connection, end } = await connect('shout.ts');
    await handler.startUp();
    await handler.receive(tone);
    const given = (await handler.emit()) as [Sound, Framegear.AdditionalOutputs];
    expect([...given[0].toInt16()]).toEqual([2, 4, 6]);
    expect(given[1]).toBeInstanceOf(AdditionalOutputs);
    expect(given[1].args).toEqual([3]);
    expect(await handler.emit()).toBeNull();
    await end();
    expect(connection.messages).toEqual([sent('hello visitor'), sent('goodbye')]);
  });

  it('knows the newest inputs, and throws as in this process', async () => {
    const { handler, connection, end } = await connect('shout.ts');
    connection.latestArgs = [0.5, { deep: true }];
    await handler.onMessage('inputs?');
    expect(connection.messages).toEqual([sent('[0.5,{"deep":true}]')]);
    await expect(handler.onMessage('throw')).rejects.toMatchObject({
      name: 'WebRTCError',
      message: 'thrown over there',
      stack: expect.stringContaining('shout.ts') as string,
    });
    await end();
  });

  it('holds up nobody while it blocks, and is ended all the same', async () => {
    const { handler, end } = await connect('shout.ts');
    const blocked = Promise.resolve(handler.onMessage('block')).catch((error: unknown) => error);
    await expect.poll(() => performance.now()).toBeGreaterThan(0);
    const ended = end();
    await ended;
    expect(await blocked).toMatchObject({ code: 'handler-process' });
  }, 20_000);

  it('goes on in a new process when its own has died', async () => {
    const { handler, connection, end } = await connect('shout.ts');
    await handler.startUp();
    await expect(handler.onMessage('exit')).rejects.toMatchObject({ code: 'handler-process' });
    await handler.receive(tone);
    await expect.poll(() => handler.emit()).not.toBeNull();
    await expect
      .poll(() => connection.messages.filter((m) => m === sent('hello visitor')).length)
      .toBe(2);
    await end();
  });

  it('edits pictures, with inputs', async () => {
    await using handler = await loadHandler(fileURLToPath(new URL('invert.ts', fixtures)));
    if (!(handler instanceof VideoStreamHandler)) throw new Error('no VideoStreamHandler');
    const connection = new FakeHandlerConnection();
    const edit = handler.callable as (frame: Picture, level: number) => Promise<Picture>;
    expect(edit.length).toBe(1);
    const frame = picture(200);
    using edited = await runInContext(connection, () => edit(frame, 5));
    expect(frame.closed).toBe(true);
    expect(edited.toBuffer({ format: 'RGB' })[0]).toBe(60);
    expect(edited.timestamp).toBe(40_000);
    connection.ending.abort();
  });

  it('makes pictures until the connection ends', async () => {
    await using handler = await loadHandler(new URL('count.mjs', fixtures));
    if (!(handler instanceof VideoStreamHandler)) throw new Error('no VideoStreamHandler');
    expect(handler.callable.length).toBe(1);
    const connection = new FakeHandlerConnection();
    const start = handler.callable as unknown as (level: number) => AsyncGenerator<Picture>;
    const pictures = runInContext(connection, () => start(7));
    const next = (): Promise<IteratorResult<Picture>> =>
      runInContext(connection, () => pictures.next());
    for (const level of [7, 8]) {
      const result: IteratorResult<Picture> = await next();
      using frame = result.value as Picture;
      expect(frame.toBuffer({ format: 'GRAY8' })[0]).toBe(level);
    }
    await pictures.return(undefined);
    connection.ending.abort();
  });

  it('is refused with its file named when it cannot be loaded', async () => {
    await expect(loadHandler('nowhere.ts')).rejects.toMatchObject({
      code: 'handler-module',
      message: expect.stringContaining('nowhere.ts') as string,
    });
    const nothing = new URL('../transforms/levels.mjs', fixtures);
    await expect(loadHandler(nothing)).rejects.toMatchObject({ code: 'handler-module' });
  });
});
