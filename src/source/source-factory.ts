import type { FrameSource } from '../media/contracts.js';
import { checkFile, fileVersion } from './file-check.js';
import { filePlan, lavfiPlan, networkPlan, textOptions } from './input-plan.js';
import type { InputPlan } from './input-plan.js';
import { LibavSource } from './libav-source.js';
import type { SourceFactory, SourceOptions } from './media-source.js';
import { redact } from './redact.js';
import { checkSourceOptions } from './source-options.js';
import { isDeviceFormat, parseSourceSpec } from './source-spec.js';
import type { SourceSpec } from './source-spec.js';
import { testSourceFactory } from './testsrc/test-source.js';

export type { MediaSource, SourceFactory, SourceInfo, SourceOptions } from './media-source.js';

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
  if (typeof spec === 'string' && isDeviceFormat(options.inputFormat)) {
    return libavFactory(redact(spec), () => rawDevicePlan(spec, options), options);
  }
  if (typeof spec === 'string') return factoryFor(parseSourceSpec(spec), options);
  throw new TypeError(`source: got ${typeof spec}`);
}

function factoryFor(spec: SourceSpec, options: SourceOptions): SourceFactory {
  switch (spec.kind) {
    case 'testsrc':
      return testSourceFactory(spec.parameters, options);
    case 'lavfi':
      return libavFactory(`lavfi:${spec.graph}`, () => lavfiPlan(spec.graph, options), options);
    case 'url': {
      const label = redact(spec.url);
      return libavFactory(label, () => networkPlan(spec.url, label, options), options);
    }
    case 'file':
      return fileFactory(spec.file, options);
    default:
      throw new TypeError('x');
  }
}

function fileFactory(file: string, options: SourceOptions): SourceFactory {
  let version: string | null = null;
  const plan = async (): Promise<InputPlan> => {
    version = await fileVersion(file);
    await checkFile(file);
    return filePlan(file, file, options);
  };
  return {
    ...libavFactory(file, plan, options),
    changed: async () => {
      const now = await fileVersion(file);
      return now !== null && now !== version;
    },
  };
}

/** A device of the user's own choice of FFmpeg's device formats: passed on as it is. */
function rawDevicePlan(url: string, options: SourceOptions): InputPlan {
  const { inputFormat = null, inputOptions = {}, framerate, resolution } = options;
  const asked: Record<string, string> = {};
  if (framerate !== undefined) asked['framerate'] = String(framerate);
  if (resolution !== undefined) asked['video_size'] = resolution.join('x');
  return {
    url,
    format: inputFormat,
    options: { ...asked, ...textOptions(inputOptions) },
    label: redact(url),
    kind: 'device',
    live: true,
  };
}

function libavFactory(
  label: string,
  plan: () => InputPlan | Promise<InputPlan>,
  options: SourceOptions,
): SourceFactory {
  return { label, reopenable: true, create: () => new LibavSource(plan, options) };
}
