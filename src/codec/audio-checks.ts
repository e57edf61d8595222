import { AudioData } from '../media/audio-data.js';

/** @throws {TypeError} naming the field, unless it is an open or closed `AudioData`. */
export function checkAudio(field: string, value: unknown): asserts value is AudioData {
  if (value instanceof AudioData) return;
  throw new TypeError(`${field}: expected AudioData, got ${describe(value)}`);
}

/** @throws {TypeError} or {RangeError} naming the field and what was got. */
export function checkAudioInteger(field: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${field}: expected a number, got ${describe(value)}`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${field}: expected an integer from ${min} to ${max}, got ${value}`);
  }
}

/** @throws {TypeError} naming the field and what was got. */
export function checkAudioChoice(field: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return;
  throw new TypeError(`${field}: expected one of ${choices.join(', ')}, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  return value.constructor?.name ?? 'an object';
}
