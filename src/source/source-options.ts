import type { SourceOptions } from './media-source.js';

/**
 * @throws {TypeError} or {RangeError} naming the option, before anything is opened.
 */
export function checkSourceOptions(options: SourceOptions): void {
  const { framerate, resolution, inputOptions, inputFormat, openTimeoutMs, readTimeoutMs } =
    options;
  if (framerate !== undefined) checkNumber('framerate', framerate, 0.01, 480);
  if (openTimeoutMs !== undefined) checkNumber('openTimeoutMs', openTimeoutMs, 1, 86_400_000);
  if (readTimeoutMs !== undefined) checkNumber('readTimeoutMs', readTimeoutMs, 1, 86_400_000);
  if (resolution !== undefined) checkResolution('resolution', resolution);
  if (inputFormat !== undefined && (typeof inputFormat !== 'string' || inputFormat === '')) {
    throw new TypeError(`inputFormat: expected a name, got ${String(inputFormat)}`);
  }
  for (const [name, value] of Object.entries(inputOptions ?? {})) {
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new TypeError(`inputOptions.${name}: expected text, got ${typeof value}`);
    }
  }
}

/** @throws {TypeError} or {RangeError} naming `field`, for anything but a width and a height. */
export function checkResolution(field: string, value: unknown): void {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isInteger)) {
    throw new TypeError(`${field}: expected [width, height], got ${JSON.stringify(value)}`);
  }
  for (const size of value as number[]) {
    if (size < 16 || size > 16_384) {
      throw new RangeError(`${field}: expected 16 to 16384 pixels, got ${value.join('x')}`);
    }
  }
}

function checkNumber(field: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${field}: expected a number, got ${String(value)}`);
  }
  if (value < min || value > max) {
    throw new RangeError(`${field}: expected ${min} to ${max}, got ${value}`);
  }
}
