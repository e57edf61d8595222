import { cameraPlan, screenPlan } from './capture-plan.js';
import { customSourceFactory } from './custom-source.js';
import { cameraNames } from './devices.js';
import { checkFile, fileVersion } from './file-check.js';
import { unknownInputOptions } from './input-options.js';
import { filePlan, lavfiPlan, networkPlan, rawDevicePlan, servesOnce } from './input-plan.js';
import type { InputPlan } from './input-plan.js';
import { LibavSource } from './libav-source.js';
import type { SourceFactory, SourceOptions } from './media-source.js';
import { resolvePage } from './page-url.js';
import { pictureSourceFactory } from './picture-source.js';
import { redact } from './redact.js';
import { checkSourceOptions } from './source-options.js';
import { isDeviceFormat, parseSourceSpec } from './source-spec.js';
import type { SourceSpec } from './source-spec.js';
import { testSourceFactory } from './testsrc/test-source.js';

export type {
  EncodedInfo,
  MediaSource,
  SourceFactory,
  SourceInfo,
  SourceItem,
  SourceOptions,
  SourceWants,
} from './media-source.js';

/** How to open an input, worked out anew at each opening. */
type Planner = (signal: AbortSignal) => InputPlan | Promise<InputPlan>;

/**
 * What makes the source that `spec` names. Nothing is opened yet.
 *
 * @param spec - A file, URL or device as text, the number of a camera, an object with `read` and
 *   `stop`, or an iterable of pictures.
 * @throws {TypeError} or {RangeError} naming `source` or the option, when it can never work.
 * @throws {NotSupportedError} for `whip:`.
 */
export function createSourceFactory(spec: unknown, options: SourceOptions): SourceFactory {
  checkSourceOptions(options);
  if (typeof spec === 'number') {
    if (!Number.isInteger(spec) || spec < 0 || spec > 999) {
      throw new RangeError(`source: expected a camera's number from 0 on, got ${spec}`);
    }
    return cameraFactory(spec, options);
  }
  if (typeof spec !== 'string') return customSourceFactory(spec, options);
  if (options.streamMode === true) return pageFactory(spec, options);
  if (isDeviceFormat(options.inputFormat)) {
    return libavFactory(redact(spec), () => rawDevicePlan(spec, redact(spec), options), options);
  }
  return factoryFor(parseSourceSpec(spec), options);
}

function factoryFor(spec: SourceSpec, options: SourceOptions): SourceFactory {
  switch (spec.kind) {
    case 'testsrc':
      return testSourceFactory(spec.parameters, options);
    case 'camera':
      return cameraFactory(spec.device, options);
    case 'screen':
      return libavFactory('screen', () => screenPlan(spec.display, options), options);
    case 'lavfi':
      return libavFactory(`lavfi:${spec.graph}`, () => lavfiPlan(spec.graph, options), options);
    case 'url': {
      const label = redact(spec.url);
      const plan = networkPlan(spec.url, label, options);
      const factory = libavFactory(label, () => plan, options);
      return { ...factory, compressed: true, waits: servesOnce(plan) };
    }
    case 'pictures':
      return pictureSourceFactory(spec.pattern, options);
    case 'file':
      return fileFactory(spec.file, options);
  }
}

function cameraFactory(device: number | string, options: SourceOptions): SourceFactory {
  const plan = async (): Promise<InputPlan> => {
    const names = process.platform === 'win32' ? await cameraNames() : [];
    return cameraPlan(device, options, names);
  };
  const label = typeof device === 'number' ? `camera ${device}` : device;
  return libavFactory(label, plan, options);
}

function fileFactory(file: string, options: SourceOptions): SourceFactory {
  let version: string | null = null;
  let known = false;
  const plan = async (): Promise<InputPlan> => {
    version = await fileVersion(file);
    await checkFile(file, known);
    known = true;
    return filePlan(file, file, options);
  };
  return {
    ...libavFactory(file, plan, options),
    compressed: true,
    changed: async () => {
      const now = await fileVersion(file);
      return now !== null && now !== version;
    },
  };
}

/** The video of a web page; its address is asked for at each opening, since such addresses expire. */
function pageFactory(page: string, options: SourceOptions): SourceFactory {
  if (!/^https?:\/\/[^/]/i.test(page)) {
    throw new TypeError(`source: with streamMode expected http(s)://..., got '${redact(page)}'`);
  }
  const label = redact(page);
  const plan: Planner = async (signal) => {
    const { url, headers } = await resolvePage(page, { signal });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const inputOptions = { headers: lines.join(''), ...options.inputOptions };
    return networkPlan(url, label, { ...options, inputOptions });
  };
  return { ...libavFactory(label, plan, options), compressed: true };
}

function libavFactory(label: string, plan: Planner, options: SourceOptions): SourceFactory {
  for (const name of unknownInputOptions(Object.keys(options.inputOptions ?? {}))) {
    options.logger.warn(`inputOptions: FFmpeg has no option ${name} for inputs: it is ignored`);
  }
  return { label, reopenable: true, create: () => new LibavSource(plan, options) };
}
