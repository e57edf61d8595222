import { describe, expect, it } from 'vitest';
import { filter } from '../../../src/transform/filter.js';
import { contextOf, frameOf, info, run } from '../../support/transform-frames.js';

describe('filter', () => {
  it('runs a graph', async () => {
    const transform = filter('negate,hflip');
    const pixels = Buffer.from([0, 10, 255, 100]);
    using result = await run(transform, frameOf({ format: 'GRAY8', width: 2, height: 2, pixels }));
    expect([...result.toBuffer()]).toEqual([245, 255, 155, 0]);
    await transform.stop?.();
  });

  it('takes labelled graphs that split and join', async () => {
    const transform = filter('[in]split[a][b];[b]vflip[c];[a][c]vstack[out]');
    using result = await run(transform, frameOf({ width: 16, height: 8 }));
    expect([result.codedWidth, result.codedHeight]).toEqual([16, 16]);
    await transform.stop?.();
  });

  it('rebuilds the graph when size or format change', async () => {
    const transform = filter('scale=iw*2:ih*2');
    for (const [width, format] of [
      [16, 'I420'],
      [20, 'I420'],
      [20, 'RGB'],
      [16, 'I420'],
    ] as const) {
      using result = await run(transform, frameOf({ width, format }));
      expect([result.codedWidth, result.format]).toEqual([2 * width, format]);
    }
    await transform.stop?.();
  });

  it('gives one frame or none when the graph lowers the rate', async () => {
    const transform = filter('fps=10');
    await transform.start?.(info);
    let given = 0;
    for (let i = 0; i < 60; i += 1) {
      const timestamp = Math.round((i * 1_000_000) / 30);
      using result = await transform.transform(frameOf({ timestamp }), contextOf(i));
      if (result !== null) given += 1;
    }
    expect(given).toBeGreaterThanOrEqual(18);
    expect(given).toBeLessThanOrEqual(21);
    await transform.stop?.();
  });

  it('gives the newest frame when the graph raises the rate', async () => {
    const transform = filter('fps=90');
    await transform.start?.(info);
    let last = null;
    for (let i = 0; i < 30; i += 1) {
      const timestamp = Math.round((i * 1_000_000) / 30);
      const pixels = Buffer.alloc(192, i);
      using result = await transform.transform(
        frameOf({ timestamp, pixels, format: 'I420' }),
        contextOf(i),
      );
      last = result?.toBuffer()[0] ?? last;
    }
    expect(last).toBeGreaterThanOrEqual(28);
    await transform.stop?.();
  });

  it('goes on when time stamps stand still or start over', async () => {
    const transform = filter('fps=30');
    await transform.start?.(info);
    let given = 0;
    for (const timestamp of [5_000_000, 5_033_333, 5_066_667, 0, 33_333, 33_333, 66_667]) {
      using result = await transform.transform(frameOf({ timestamp }), contextOf());
      if (result !== null) given += 1;
    }
    expect(given).toBeGreaterThan(1);
    await transform.stop?.();
  });

  it('gives nothing after a graph has ended', async () => {
    const transform = filter('trim=end_frame=1');
    await run(transform, frameOf({ timestamp: 0 })).then((frame) => frame.close());
    for (const timestamp of [40_000, 80_000]) {
      expect(await transform.transform(frameOf({ timestamp }), contextOf())).toBeNull();
    }
    await transform.stop?.();
  });

  it('can be stopped, and used again, while a frame is under way', async () => {
    const transform = filter('gblur=20');
    const pending = transform.transform(frameOf({ width: 320, height: 240 }), contextOf());
    await transform.stop?.();
    (await pending)?.close();
    using again = await run(transform, frameOf());
    expect(again.codedWidth).toBe(16);
    await transform.stop?.();
  });

  it.each([
    ['hflop', /no filter 'hflop'/],
    ['hflip,nope=1', /no filter 'nope'/],
    ['scale=foo=1', /scale=foo=1.*Option not found/],
    ['hflip,scale=abc', /scale=abc/],
    ['volume=2', /volume=2/],
    ['split', /one picture/],
    ['hflip;vflip', /hflip;vflip/],
    ['crop=99999:1', /crop=99999:1/],
    ['fps=abc', /fps=abc/],
    ['color=red', /color=red/],
    ['', /expected a filter graph/],
    [3, /expected a filter graph, got 3/],
  ])('refuses %j', (graph, message) => {
    expect(() => filter(graph as string)).toThrow(TypeError);
    expect(() => filter(graph as string)).toThrow(message);
  });

  it('takes a graph that only some sizes suit, and names the reason for others', async () => {
    const transform = filter('crop=1280:720');
    await expect(run(transform, frameOf())).rejects.toMatchObject({
      code: 'encoding-failed',
      message: expect.stringMatching(/Invalid too big/) as string,
    });
    await expect(run(transform, frameOf())).rejects.toThrow(/Invalid too big/);
    using result = await run(transform, frameOf({ width: 1280, height: 722 }));
    expect(result.codedHeight).toBe(720);
    await transform.stop?.();
  });
});
