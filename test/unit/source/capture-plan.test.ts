import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SourceError } from '../../../src/errors.js';
import { silentLogger as logger } from '../../../src/logger.js';
import { cameraPlan, screenPlan } from '../../../src/source/capture-plan.js';
import type { CaptureHost } from '../../../src/source/capture-plan.js';
import { distinctModes, screenDevices, sysfsCameras } from '../../../src/source/devices.js';

const linux: CaptureHost = { platform: 'linux', env: { DISPLAY: ':1' } };
const mac: CaptureHost = { platform: 'darwin', env: {} };
const windows: CaptureHost = { platform: 'win32', env: {} };

describe('cameraPlan', () => {
  it('asks a Linux camera for 720p in JPEG, then raw, then for what it likes', () => {
    expect(cameraPlan(2, { logger }, [], linux)).toEqual({
      url: '/dev/video2',
      format: 'v4l2',
      label: '/dev/video2',
      kind: 'device',
      live: true,
      options: { video_size: '1280x720', framerate: '30', input_format: 'mjpeg' },
      alternatives: [{ video_size: '1280x720', framerate: '30' }, {}],
    });
  });

  it('asks for small pictures raw', () => {
    const plan = cameraPlan(
      '/dev/video0',
      { logger, resolution: [640, 480], framerate: 15 },
      [],
      linux,
    );
    expect(plan).toMatchObject({
      options: { video_size: '640x480', framerate: '15' },
      alternatives: [{}],
    });
  });

  it('lets inputOptions win in every attempt', () => {
    const inputOptions = { input_format: 'h264', framerate: 60 };
    const { options, alternatives } = cameraPlan(0, { logger, inputOptions }, [], linux);
    for (const attempt of [options, ...(alternatives ?? [])]) {
      expect(attempt).toMatchObject({ input_format: 'h264', framerate: '60' });
    }
  });

  it('names cameras as macOS and Windows do', () => {
    expect(cameraPlan(1, { logger }, [], mac)).toMatchObject({
      url: '1:none',
      format: 'avfoundation',
    });
    const plan = cameraPlan(1, { logger }, ['Front', 'Back'], windows);
    expect(plan).toMatchObject({ url: 'video=Back', format: 'dshow' });
    expect(cameraPlan('Front', { logger }, [], windows).url).toBe('video=Front');
  });

  it('says that Windows has no such camera', () => {
    const open = (): unknown => cameraPlan(3, { logger }, ['Front'], windows);
    expect(open).toThrow(SourceError);
    expect(open).toThrow('camera 3');
  });
});

describe('screenPlan', () => {
  it('grabs the whole screen on each system', () => {
    expect(screenPlan(null, { logger }, linux)).toMatchObject({
      url: ':1',
      format: 'x11grab',
      options: { framerate: '30' },
      live: true,
    });
    expect(screenPlan(':7', { logger, framerate: 10 }, linux)).toMatchObject({
      url: ':7',
      options: { framerate: '10' },
    });
    expect(screenPlan(null, { logger }, windows)).toMatchObject({
      url: 'desktop',
      format: 'gdigrab',
    });
    expect(screenPlan('1', { logger }, mac).url).toBe('Capture screen 1:none');
  });

  it('says why there is no screen', () => {
    const without = { platform: 'linux', env: {} } as const;
    expect(() => screenPlan(null, { logger }, without)).toThrow(/DISPLAY is not set/);
    const wayland = { platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } } as const;
    expect(() => screenPlan(null, { logger }, wayland)).toThrow(/Wayland/);
  });
});

describe('devices', () => {
  it('finds the cameras that Linux knows', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'framegear-sysfs-'));
    for (const [node, name] of [
      ['video10', 'Door'],
      ['video2', 'Desk'],
    ] as const) {
      mkdirSync(path.join(folder, node));
      writeFileSync(path.join(folder, node, 'name'), `${name}\n`);
    }
    expect(await sysfsCameras(folder)).toEqual([
      { spec: 'camera:2', name: 'Desk', kind: 'camera', modes: [] },
      { spec: 'camera:10', name: 'Door', kind: 'camera', modes: [] },
    ]);
    rmSync(folder, { recursive: true });
    expect(await sysfsCameras(folder)).toEqual([]);
  });

  it('lists screens as they can be passed', () => {
    expect(screenDevices(['Built-in', 'Beamer'], undefined).map(({ spec }) => spec)).toEqual([
      'screen',
      'screen:1',
    ]);
    expect(screenDevices([':0.0', ':0.1'], ':0').map(({ spec }) => spec)).toEqual([
      'screen',
      'screen::0.1',
    ]);
    expect(screenDevices([], ':0')).toMatchObject([{ spec: 'screen', name: 'X11 display :0' }]);
    expect(screenDevices([], undefined)).toEqual([]);
  });

  it('names each size once, at its best rate', () => {
    const modes = [
      { width: 640, height: 480, maxFrameRate: 15 },
      { width: 1280, height: 720, maxFrameRate: 10 },
      { width: 640, height: 480, maxFrameRate: 30 },
    ];
    expect(distinctModes(modes)).toEqual([
      { width: 1280, height: 720, framerate: 10 },
      { width: 640, height: 480, framerate: 30 },
    ]);
  });
});
