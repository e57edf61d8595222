import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { connect, ScriptedHandler, sound } from '../../../support/realtime-core.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use, when all that can go has gone. */
async function heapUsed(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

describe('memory', () => {
  it('of an idle connection is little, and given back', async () => {
    const handler = new ScriptedHandler({ emit: () => new Promise(() => undefined) });
    const core = new StreamCore({ handler, modality: 'audio', concurrencyLimit: Infinity });
    const before = await heapUsed();
    for (let i = 0; i < 500; i++) (await connect(core, `${i}`)).connection.start();
    const each = ((await heapUsed()) - before) / 500;
    expect(each).toBeLessThan(40_000);
    await core.close();
    handler.copies.length = 0;
    const left = ((await heapUsed()) - before) / 500;
    expect(left).toBeLessThan(2000);
  });

  it('does not grow while sound comes in and nothing goes out', async () => {
    const handler = new ScriptedHandler({ receive: () => new Promise(() => undefined) });
    const core = new StreamCore({ handler, modality: 'audio' });
    const { connection } = await connect(core);
    connection.start();
    for (let i = 0; i < 1000; i++) connection.receiveAudio(sound(20));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 5000; i++) connection.receiveAudio(sound(20));
    await heapUsed();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
    await core.close();
  });
});
