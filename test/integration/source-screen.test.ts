import { afterEach, describe, expect, it, vi } from 'vitest';
import { listDevices } from '../../src/source/devices.js';
import { openSource, openingError } from '../support/read-source.js';
import { startVirtualScreen } from '../support/virtual-screen.js';

afterEach(() => vi.unstubAllEnvs());

describe('the screen', () => {
  it('is grabbed whole, as it comes', async () => {
    await using screen = await startVirtualScreen(640, 480);
    vi.stubEnv('DISPLAY', screen.display);
    const source = await openSource('screen', { framerate: 20 });
    expect(source.info).toEqual({
      codedWidth: 640,
      codedHeight: 480,
      framerate: 20,
      live: true,
      pacing: 'arrival',
      encoded: null,
      whyNotEncoded: 'browsers cannot take its codec',
      audio: null,
    });
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      using frame = await source.read();
      times.push(frame?.timestamp ?? -1);
      expect(frame?.toBuffer({ format: 'RGB' })).toHaveLength(640 * 480 * 3);
    }
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    await source.stop();
  });

  it('is taken from the display that the spec names', async () => {
    await using screen = await startVirtualScreen(320, 240);
    const source = await openSource(`screen:${screen.display}`);
    expect(source.info).toMatchObject({ codedWidth: 320, codedHeight: 240 });
    await source.stop();
  });

  it('is listed', async () => {
    await using screen = await startVirtualScreen(320, 240);
    vi.stubEnv('DISPLAY', screen.display);
    const screens = (await listDevices()).filter(({ kind }) => kind === 'screen');
    expect(screens).toMatchObject([{ spec: 'screen', name: `X11 display ${screen.display}` }]);
  });

  it('says that the display is not there', async () => {
    const error = await openingError('screen::4711');
    expect(error).toMatchObject({ name: 'SourceError' });
    expect((error as Error).message).toMatch(/^screen [^\n]+$/);
  });
});
