import { inspect } from 'node:util';
import type { AudioTransform, FrameTransform, TransformFunction } from '../media/contracts.js';

/** A transform as an object: of pictures, of sound, or of both. */
export type AnyTransform = FrameTransform | AudioTransform;

/** A transform, a class of them (made without arguments), or a bare function. */
export type TransformValue = AnyTransform | TransformFunction | (new () => AnyTransform);

/** What makes an object a transform. */
const methods = 'transform() or transformAudio()';

/**
 * The object behind any way of writing a transform.
 *
 * @param field - How errors name the value, e.g. `transforms[1]`.
 * @throws {TypeError} when it is none; what a class's constructor throws, as it is.
 */
export function toTransform(value: unknown, field: string): AnyTransform {
  if (typeof value === 'function') {
    if (isTransform(value.prototype)) return new (value as new () => AnyTransform)();
    if (isClass(value)) {
      throw new TypeError(`${field}: class ${value.name || '(unnamed)'} has no ${methods} method`);
    }
    return { transform: value as TransformFunction };
  }
  if (isTransform(value)) return value;
  throw new TypeError(
    `${field}: expected a transform (a function, or an object or class with a ${methods} method), ` +
      `got ${describe(value)}`,
  );
}

/** How logs name a transform: what it calls itself, its class, or its function. */
export function nameOf(value: unknown, field: string): string {
  if (typeof value === 'function') return value.name || field;
  const { name, constructor } = value as { name?: unknown; constructor?: { name?: string } };
  if (typeof name === 'string' && name !== '') return name;
  const type = constructor?.name ?? '';
  return type === '' || type === 'Object' ? field : type;
}

/** A value in a few words, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  if (value instanceof Uint8Array) return `a ${value.constructor.name}`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object') return `${typeof value} ${inspect(value)}`;
  const type = value.constructor?.name ?? 'Object';
  return type === 'Object' ? 'an object' : `a ${type}`;
}

/** True for an object with a `transform()` or `transformAudio()` method. */
export function isTransform(value: unknown): value is AnyTransform {
  if (typeof value !== 'object' || value === null) return false;
  const { transform, transformAudio } = value as { transform?: unknown; transformAudio?: unknown };
  return typeof transform === 'function' || typeof transformAudio === 'function';
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
