import { Log } from 'node-av/lib';
import { AV_LOG_ERROR, AV_LOG_FATAL, AV_LOG_INFO } from 'node-av/constants';
import type { AVLogLevel } from 'node-av/constants';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';

/** Error lines that are kept for {@link recentFfmpegErrors}. */
const keptErrors = 20;

/** Lines passed on per second; a broken stream can say the same thing for every block of a picture. */
const linesPerSecond = 50;

let sink: Logger = silentLogger;
const errors: { time: number; line: string }[] = [];
let second = 0;
let passed = 0;
let drained = false;

/**
 * Sends FFmpeg's own log lines to `logger`: at `debug`, what FFmpeg calls fatal at `warn`. One logger
 * for the whole process, as FFmpeg has it; the last call wins. Without any logger FFmpeg is silent:
 * importing this module, as every module of `codec/` does, is what takes stderr away from it.
 *
 * @param logger - `null` makes FFmpeg silent again.
 */
export function setFfmpegLogger(logger: Logger | null): void {
  sink = logger ?? silentLogger;
  listen(sink === silentLogger ? AV_LOG_ERROR : AV_LOG_INFO);
}

/**
 * What FFmpeg said about its latest errors, oldest first, at most 20 lines, without credentials.
 * This is where the reasons are ("moov atom not found"), next to error codes that only say "invalid
 * data". The lines of everything in the process are here, so ask at once and give `since`.
 *
 * @param since - Only lines from this `Date.now()` on. Default: all that are kept.
 */
export async function recentFfmpegErrors(since: number = 0): Promise<string[]> {
  // Lines reach JavaScript one turn of the event loop later than the result of the call that logged.
  await new Promise((resolve) => setImmediate(resolve));
  return errors.filter(({ time }) => time >= since).map(({ line }) => line);
}

function listen(maxLevel: AVLogLevel): void {
  Log.setLevel(maxLevel);
  Log.setCallback(take, { maxLevel });
}

function take(level: AVLogLevel, message: string): void {
  drained = false;
  const line = withoutCredentials(message).trim();
  if (line === '') return;
  const time = Date.now();
  if (level <= AV_LOG_ERROR) {
    errors.push({ time, line });
    if (errors.length > keptErrors) errors.shift();
  }
  if (mayPass(time)) {
    if (level <= AV_LOG_FATAL) sink.warn({ ffmpeg: true }, line);
    else sink.debug({ ffmpeg: true }, line);
  }
}

function mayPass(time: number): boolean {
  const now = Math.floor(time / 1000);
  if (now !== second) {
    const suppressed = passed - linesPerSecond;
    second = now;
    passed = 0;
    if (suppressed > 0) sink.debug({ ffmpeg: true }, `${suppressed} lines of FFmpeg left out`);
  }
  passed += 1;
  return passed <= linesPerSecond;
}

function withoutCredentials(message: string): string {
  return message.replace(/(:\/\/)[^\s/@]+@/g, '$1***@');
}

/**
 * Lines under way when the event loop runs dry would reach JavaScript while Node is tearing it down,
 * which aborts the process: give them one more turn.
 */
function drainBeforeExit(): void {
  if (drained) return;
  drained = true;
  setImmediate(() => undefined);
}

process.on('beforeExit', drainBeforeExit);
listen(AV_LOG_ERROR);
