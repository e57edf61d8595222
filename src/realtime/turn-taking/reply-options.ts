import { checkNames, checkType } from '../../util/check-options.js';
import { show } from '../../util/show-value.js';
import type { ReplyOnPauseOptions } from './reply-on-pause.js';

const names: readonly (keyof ReplyOnPauseOptions)[] = [
  'expectedLayout',
  'inputSampleRate',
  'inputFrameSize',
  'outputSampleRate',
  'startupFn',
  'algoOptions',
  'modelOptions',
  'canInterrupt',
  'model',
  'needsArgs',
  'pushToTalk',
  'logger',
];

/** Options that a handler hands on to its copies. */
const passedOn = new WeakSet<object>();

/** Marks options as those of a handler that was made: its copies take them, also where a class of its own had more. */
export function knownByName<Options extends object>(options: Options): Options {
  passedOn.add(options);
  return options;
}

/** @throws {TypeError} naming a field that nobody knows. */
export function checkReplyNames(options: object, more: readonly string[] = []): void {
  if (!passedOn.has(options)) checkNames('', options, [...names, ...more]);
}

/** Types of what is neither a handler's nor about turns. @throws {TypeError} naming the field. */
export function checkReplyFields(options: ReplyOnPauseOptions): void {
  const { startupFn, canInterrupt, needsArgs, pushToTalk, model, logger } = options;
  for (const [field, value] of Object.entries({ canInterrupt, needsArgs, pushToTalk })) {
    if (value !== undefined) checkType(field, value, 'boolean');
  }
  if (startupFn !== undefined) checkType('startupFn', startupFn, 'function');
  if (model !== undefined && !isDetector(model)) {
    throw new TypeError(`model: expected a VoiceActivityDetector, got ${show(model)}`);
  }
  if (logger !== undefined && typeof (logger as { error?: unknown } | null)?.error !== 'function') {
    throw new TypeError(`logger: expected an object with a method error, got ${show(logger)}`);
  }
}

function isDetector(value: unknown): boolean {
  const { sampleRate, windowSize, createSession } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof sampleRate === 'number' &&
    typeof windowSize === 'number' &&
    typeof createSession === 'function'
  );
}
