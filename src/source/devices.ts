import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Device } from 'node-av/lib';

/** Size and rate that a camera offers. */
export interface CaptureMode {
  width: number;
  height: number;
  /** Most pictures per second. */
  framerate: number;
}

/** A camera or screen that can be served. */
export interface DeviceInfo {
  /** What to pass as the source. */
  spec: string;
  /** What a person calls it. */
  name: string;
  kind: 'camera' | 'screen';
  /** What the camera offers, the largest first; empty when it does not tell. */
  modes: CaptureMode[];
}

const sysfs = '/sys/class/video4linux';

/** Cameras and screens of this machine, as specs that `createServer` and the command line take. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const found = await Device.list().catch(() => []);
  const cameras = found.filter(({ type }) => type === 'video');
  const listed = await Promise.all(
    cameras.map(async ({ name, description }, index): Promise<DeviceInfo> => {
      const modes = await Device.modes(name).catch(() => []);
      return {
        spec: cameraSpec(name, index),
        name: description || name,
        kind: 'camera',
        modes: distinctModes(modes),
      };
    }),
  );
  // A camera that this user may not open is not in FFmpeg's list, but he wants to know of it.
  const hidden = listed.length === 0 ? await sysfsCameras(sysfs) : [];
  const screens = found.filter(({ type }) => type === 'screen').map(({ name }) => name);
  return [...listed, ...hidden, ...screenDevices(screens, process.env['DISPLAY'])];
}

/** The system's names of its cameras, in the order of their indices. */
export async function cameraNames(): Promise<string[]> {
  const found = await Device.list().catch(() => []);
  return found.filter(({ type }) => type === 'video').map(({ name }) => name);
}

/** Cameras as Linux' sysfs names them. */
export async function sysfsCameras(directory: string): Promise<DeviceInfo[]> {
  const nodes = await readdir(directory).catch(() => []);
  const cameras = nodes.map(async (node): Promise<DeviceInfo> => {
    const name = await readFile(path.join(directory, node, 'name'), 'utf8').catch(() => node);
    return { spec: cameraSpec(`/dev/${node}`, 0), name: name.trim(), kind: 'camera', modes: [] };
  });
  return (await Promise.all(cameras)).sort((a, b) =>
    a.spec.localeCompare(b.spec, 'en', { numeric: true }),
  );
}

/**
 * One entry for each screen.
 *
 * @param names - As FFmpeg lists them; on X11 they are displays (`:0`).
 * @param display - The X11 display in use, for when FFmpeg lists none.
 */
export function screenDevices(names: readonly string[], display: string | undefined): DeviceInfo[] {
  const known = names.length > 0 || !display ? names : [display];
  return known.map((name, index) => {
    const isDisplay = name.startsWith(':');
    const other = isDisplay ? `screen:${name}` : `screen:${index}`;
    return {
      spec: index === 0 ? 'screen' : other,
      name: isDisplay ? `X11 display ${name}` : name,
      kind: 'screen',
      modes: [],
    };
  });
}

/** Each size once, at its best rate, the largest first. */
export function distinctModes(
  modes: readonly { width: number; height: number; maxFrameRate: number }[],
): CaptureMode[] {
  const best = new Map<string, CaptureMode>();
  for (const { width, height, maxFrameRate } of modes) {
    const key = `${width}x${height}`;
    const framerate = Math.max(maxFrameRate, best.get(key)?.framerate ?? 0);
    best.set(key, { width, height, framerate });
  }
  return [...best.values()].sort((a, b) => b.width * b.height - a.width * a.height);
}

function cameraSpec(name: string, index: number): string {
  const node = /^\/dev\/video(\d+)$/.exec(name);
  return `camera:${node?.[1] ?? index}`;
}
