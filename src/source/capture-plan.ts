import { SourceError } from '../errors.js';
import { textOptions } from './input-plan.js';
import type { InputPlan } from './input-plan.js';
import type { SourceOptions } from './media-source.js';

/** What a machine's capture devices depend on; `process`' own, except in tests. */
export interface CaptureHost {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
}

/** Asked of a camera when the user asks for nothing. */
const defaultCapture = { resolution: [1280, 720], framerate: 30 } as const;

/** From this size on, USB cameras reach their full rate in JPEG only. */
const jpegPixels = 1280 * 720;

/**
 * How to open a camera.
 *
 * @param device - Index as `framegear devices` lists it, or the system's own name for it.
 * @param names - The system's names of cameras in order, where they are opened by name (Windows).
 */
export function cameraPlan(
  device: number | string,
  options: SourceOptions,
  names: readonly string[],
  host: CaptureHost = process,
): InputPlan {
  const label = typeof device === 'number' ? `camera ${device}` : device;
  const base = { label, kind: 'device', live: true } as const;
  const own = textOptions(options.inputOptions ?? {});
  const [first = {}, ...alternatives] = cameraAttempts(options, host.platform).map((attempt) => ({
    ...attempt,
    ...own,
  }));
  const common = { ...base, options: first, alternatives };
  if (host.platform === 'darwin') {
    return { ...common, url: `${device}:none`, format: 'avfoundation' };
  }
  if (host.platform === 'win32') {
    const name = typeof device === 'number' ? names[device] : device;
    if (name === undefined) throw noSuchCamera(label, names.length);
    return { ...common, url: `video=${name}`, format: 'dshow' };
  }
  const url = typeof device === 'number' ? `/dev/video${device}` : device;
  return { ...common, label: url, url, format: 'v4l2' };
}

/** How to grab the screen; all of it, the pipeline scales. */
export function screenPlan(
  display: string | null,
  { framerate = 30, inputOptions = {} }: SourceOptions,
  host: CaptureHost = process,
): InputPlan {
  const options = { framerate: String(framerate) };
  const own = textOptions(inputOptions);
  const common = { label: 'screen', kind: 'device', live: true } as const;
  if (host.platform === 'darwin') {
    const url = `Capture screen ${display ?? 0}:none`;
    const mac = { ...options, capture_cursor: '1', ...own };
    return { ...common, url, format: 'avfoundation', options: mac };
  }
  if (host.platform === 'win32') {
    const url = display ?? 'desktop';
    return { ...common, url, format: 'gdigrab', options: { ...options, ...own } };
  }
  const url = display ?? host.env['DISPLAY'] ?? '';
  if (url === '') throw noDisplay(host);
  return { ...common, url, format: 'x11grab', options: { ...options, ...own } };
}

/** What to ask of a camera: the best first, at last nothing, which every camera can do. */
function cameraAttempts(
  { resolution, framerate }: SourceOptions,
  platform: NodeJS.Platform,
): Record<string, string>[] {
  const [width, height] = resolution ?? defaultCapture.resolution;
  const wanted = {
    video_size: `${width}x${height}`,
    framerate: String(framerate ?? defaultCapture.framerate),
  };
  if (platform === 'darwin') return [wanted, { framerate: wanted.framerate }, {}];
  if (platform === 'win32') {
    // The default holds back a few pictures of raw 720p and then loses some.
    const buffer = { rtbufsize: '64M' };
    return [{ ...buffer, ...wanted }, { ...buffer, video_size: wanted.video_size }, buffer];
  }
  const jpeg = width * height >= jpegPixels ? [{ ...wanted, input_format: 'mjpeg' }] : [];
  return [...jpeg, wanted, {}];
}

function noSuchCamera(label: string, count: number): SourceError {
  const known = count === 1 ? 'there is one camera' : `there are ${count} cameras`;
  return new SourceError(`${label} is not there: ${known}, see \`framegear devices\``, {
    code: 'source-not-found',
    retryable: true,
  });
}

function noDisplay({ env }: CaptureHost): SourceError {
  const why =
    env['WAYLAND_DISPLAY'] === undefined
      ? 'DISPLAY is not set: start FrameGear inside a desktop session'
      : 'this desktop is Wayland without X: log in to an X11 session, or start Xwayland';
  return new SourceError(`screen cannot be grabbed, ${why}`, { code: 'source-not-found' });
}
