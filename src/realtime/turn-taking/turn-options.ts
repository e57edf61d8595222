import { checkNames, checkNumber, checkObject } from '../../util/check-options.js';

/** When a turn begins and ends. Values in milliseconds. */
export interface AlgoOptions {
  /** The stretch of sound in which speech is counted; it slides on with every 32 ms. Default 600. */
  audioChunkDurationMs?: number;
  /** More speech than this within a chunk begins a turn. Default 200. */
  startedTalkingThresholdMs?: number;
  /** Less speech than this counts as none, so that a cough does not hold a turn open. Default 100. */
  speechThresholdMs?: number;
  /** A turn that lasts so long ends without a pause; what is said next begins the next. Default `Infinity`; 10 minutes at most are kept. */
  maxContinuousSpeechMs?: number;
  /**
   * Silence that ends a turn; `Infinity` leaves that to `triggerResponse()` and push-to-talk. Default
   * `audioChunkDurationMs - speechThresholdMs`, 500.
   */
  pauseMs?: number;
  /**
   * Speech that interrupts a reply; `Infinity` interrupts it no sooner than a pause. Default 32, the shortest. The first window of
   * speech does not count (`windowSizeSamples`), so that it takes about 100 ms of sound.
   */
  bargeInThresholdMs?: number;
}

/** What the model's figures mean. Values in milliseconds, but for `threshold` and `windowSizeSamples`. */
export interface ModelOptions {
  /** Sound at least so likely to be speech is speech; it ends 0.15 below. Default 0.5. */
  threshold?: number;
  /** Speech that has begun later than so long ago is not believed yet. Default 250. */
  minSpeechDurationMs?: number;
  /** `ReplyOnStopWords`: longer stretches are cut before they are transcribed. Default `Infinity`. */
  maxSpeechDurationMs?: number;
  /** `ReplyOnStopWords`: silence that parts two stretches of speech. Default 2000. */
  minSilenceDurationMs?: number;
  /**
   * Samples at 16 kHz that are judged as a whole, anew with every window of the model (512): they are speech when all of them are.
   * Default 1024.
   */
  windowSizeSamples?: number;
  /** Sound kept before the beginning of speech. Default 400. */
  speechPadMs?: number;
}

/** {@link AlgoOptions} and {@link ModelOptions}, all set. */
export interface TurnSettings {
  readonly algo: Readonly<Required<AlgoOptions>>;
  readonly model: Readonly<Required<ModelOptions>>;
}

/** Longest turn that is kept, whatever `maxContinuousSpeechMs` says. */
export const longestTurnMs: number = 10 * 60_000;

const algoDefaults = {
  audioChunkDurationMs: 600,
  startedTalkingThresholdMs: 200,
  speechThresholdMs: 100,
  maxContinuousSpeechMs: Infinity,
  bargeInThresholdMs: 32,
};

const modelDefaults: Required<ModelOptions> = {
  threshold: 0.5,
  minSpeechDurationMs: 250,
  maxSpeechDurationMs: Infinity,
  minSilenceDurationMs: 2000,
  windowSizeSamples: 1024,
  speechPadMs: 400,
};

/** Fills in what was left out. @throws {TypeError} or {RangeError} naming the option. */
export function readTurnOptions(algo: AlgoOptions = {}, model: ModelOptions = {}): TurnSettings {
  const algoGiven = given('algoOptions', algo, [...Object.keys(algoDefaults), 'pauseMs']);
  const modelGiven = given('modelOptions', model, Object.keys(modelDefaults));
  const withDefaults = { ...algoDefaults, ...algoGiven };
  const { audioChunkDurationMs, speechThresholdMs } = withDefaults;
  const pauseMs = Math.max(32, audioChunkDurationMs - speechThresholdMs);
  const settings: TurnSettings = {
    algo: { pauseMs, ...withDefaults },
    model: { ...modelDefaults, ...modelGiven },
  };
  checkAlgo(settings.algo);
  checkModel(settings.model);
  return settings;
}

/** Without those that stand for their default. */
function given<Options extends object>(
  field: string,
  options: Options,
  known: readonly string[],
): { [Name in keyof Options]: Exclude<Options[Name], undefined> } {
  checkObject(field, options);
  checkNames(`${field}.`, options, known);
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [Name in keyof Options]: Exclude<Options[Name], undefined> };
}

function checkAlgo(algo: Required<AlgoOptions>): void {
  const chunk = algo.audioChunkDurationMs;
  check('algoOptions.audioChunkDurationMs', chunk, 100, 10_000);
  // A threshold no chunk can exceed would make a handler that never hears anything.
  const started = algo.startedTalkingThresholdMs;
  check('algoOptions.startedTalkingThresholdMs', started, 0, chunk - 64);
  check('algoOptions.speechThresholdMs', algo.speechThresholdMs, 1, chunk);
  check('algoOptions.maxContinuousSpeechMs', algo.maxContinuousSpeechMs, 100, Infinity);
  checkOrInfinity('algoOptions.pauseMs', algo.pauseMs, 10, 60_000);
  checkOrInfinity('algoOptions.bargeInThresholdMs', algo.bargeInThresholdMs, 0, 10_000);
}

function checkModel(model: Required<ModelOptions>): void {
  check('modelOptions.threshold', model.threshold, 0.01, 1);
  check('modelOptions.minSpeechDurationMs', model.minSpeechDurationMs, 0, 10_000);
  check('modelOptions.maxSpeechDurationMs', model.maxSpeechDurationMs, 100, Infinity);
  check('modelOptions.minSilenceDurationMs', model.minSilenceDurationMs, 0, 60_000);
  check('modelOptions.windowSizeSamples', model.windowSizeSamples, 512, 8192);
  check('modelOptions.speechPadMs', model.speechPadMs, 0, 10_000);
}

function check(field: string, value: unknown, least: number, most: number): void {
  const range = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  checkNumber(field, value, (number) => number >= least && number <= most, range);
}

function checkOrInfinity(field: string, value: unknown, least: number, most: number): void {
  if (value !== Infinity) check(field, value, least, most);
}
