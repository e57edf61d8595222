import nunjucks from 'nunjucks';
import { formatPercent } from './python-format.js';

type Dict = Record<string, unknown>;
type Method = (...args: never[]) => unknown;

const { SafeString } = nunjucks.runtime;

/** How Python prints what JavaScript prints otherwise; `undefined` prints as nothing. */
export function pythonText(value: unknown): unknown {
  if (value === true) return 'True';
  if (value === false) return 'False';
  return value === null ? 'None' : value;
}

/** `a % b`: Python's formatting for text, its sign rule for numbers. */
export function modulo(left: unknown, right: unknown): unknown {
  if (isText(left)) return formatPercent(String(left), right);
  const divisor = Number(right);
  const rest = Number(left) % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

/** `list[start:stop:step]`, of text too. */
export function slice(list: unknown, start: unknown, stop: unknown, step: unknown): unknown {
  if (list === undefined || list === null) return undefined;
  const text = isText(list);
  const all: unknown[] = text ? [...(list as string).toString()] : [...(list as Iterable<unknown>)];
  const by = step === null ? 1 : Number(step);
  if (!Number.isInteger(by) || by === 0) throw new TypeError('a slice needs a step other than 0');
  const size = all.length;
  const bound = (value: unknown, fallback: number): number => {
    if (value === null || value === undefined) return fallback;
    const index = Number(value) < 0 ? Number(value) + size : Number(value);
    return by > 0 ? Math.min(Math.max(index, 0), size) : Math.min(Math.max(index, -1), size - 1);
  };
  const from = bound(start, by > 0 ? 0 : size - 1);
  const to = bound(stop, by > 0 ? size : -1);
  const taken: unknown[] = [];
  for (let index = from; by > 0 ? index < to : index > to; index += by) taken.push(all[index]);
  return text ? taken.join('') : taken;
}

/**
 * What a loop goes through.
 *
 * @param several - The loop has names for keys and values.
 */
export function items(
  list: unknown,
  several: boolean,
  keep?: (item: unknown) => unknown,
): unknown[] | undefined {
  if (list === undefined || list === null || list === false) return undefined;
  const all = listOf(list, several);
  return keep ? all.filter((item) => Boolean(keep(item))) : all;
}

function listOf(list: unknown, several: boolean): unknown[] {
  if (isText(list)) return [...String(list)];
  if (list instanceof Map) return [...(several ? list : list.keys())] as unknown[];
  if (typeof list === 'object' && list !== null && !(Symbol.iterator in list)) {
    return several ? Object.entries(list) : Object.keys(list);
  }
  if (typeof list === 'object' && list !== null) return [...(list as Iterable<unknown>)];
  throw new TypeError(`a loop cannot go through a ${typeof list}`);
}

/** A method of Python's strings, lists or dicts, or an item counted from the end; else `undefined`. */
export function pythonMember(object: unknown, key: unknown): unknown {
  if (isText(object)) {
    return typeof key === 'string' ? ownMember(stringMethods(String(object)), key) : undefined;
  }
  if (Array.isArray(object)) {
    if (typeof key === 'number' && key < 0) return object.at(key) as unknown;
    return typeof key === 'string' ? ownMember(listMethods(object), key) : undefined;
  }
  if (!isDict(object) || typeof key !== 'string' || key in object) return undefined;
  return ownMember(dictMethods(object), key);
}

function ownMember(methods: Record<string, Method>, key: string): Method | undefined {
  return Object.hasOwn(methods, key) ? methods[key] : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof SafeString;
}

function isDict(value: unknown): value is Dict {
  if (value === null || typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function stringMethods(text: string): Record<string, Method> {
  const capitalize = (word: string): string =>
    word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
  const strip = (chars: string | undefined, atStart: boolean, atEnd: boolean): string => {
    const drop = (character: string | undefined): boolean =>
      character !== undefined &&
      (chars === undefined ? /\s/.test(character) : chars.includes(character));
    let [from, to] = [0, text.length];
    while (atStart && from < to && drop(text[from])) from += 1;
    while (atEnd && to > from && drop(text[to - 1])) to -= 1;
    return text.slice(from, to);
  };
  const affix = (value: string | string[], test: (one: string) => boolean): boolean =>
    Array.isArray(value) ? value.some(test) : test(value);
  return {
    upper: () => text.toUpperCase(),
    lower: () => text.toLowerCase(),
    title: () => text.replace(/[\p{L}]+/gu, capitalize),
    capitalize: () => capitalize(text),
    startswith: (value: string | string[]) => affix(value, (one) => text.startsWith(one)),
    endswith: (value: string | string[]) => affix(value, (one) => text.endsWith(one)),
    strip: (chars?: string) => strip(chars, true, true),
    lstrip: (chars?: string) => strip(chars, true, false),
    rstrip: (chars?: string) => strip(chars, false, true),
    split: (separator?: string | null, most = Infinity) => split(text, separator, most),
    splitlines: () => text.split(/\r\n|\r|\n/),
    join: (list: Iterable<unknown>) => [...list].map((one) => String(pythonText(one))).join(text),
    // a regular expression is nunjucks' own way
    replace: (from: string | RegExp, to: string) =>
      typeof from === 'string' ? text.replaceAll(from, () => to) : text.replace(from, to),
    find: (part: string) => text.indexOf(part),
    count: (part: string) => text.split(part).length - 1,
    isdigit: () => /^\d+$/.test(text),
  };
}

function split(text: string, separator: string | null | undefined, most: number): string[] {
  const rest = separator === null || separator === undefined ? text.trim() : text;
  if (rest === '' && rest !== text) return [];
  const parts = rest.split(separator ?? /\s+/);
  if (most < 0 || parts.length <= most + 1) return parts;
  if (separator === null || separator === undefined) return parts;
  return [...parts.slice(0, most), parts.slice(most).join(separator)];
}

function listMethods(list: unknown[]): Record<string, Method> {
  return {
    append: (item: unknown) => void list.push(item),
    count: (item: unknown) => list.filter((one) => one === item).length,
    index: (item: unknown) => list.indexOf(item),
  };
}

function dictMethods(dict: Dict): Record<string, Method> {
  return {
    items: () => Object.entries(dict),
    keys: () => Object.keys(dict),
    values: () => Object.values(dict),
    get: (key: string, fallback: unknown = null) =>
      Object.hasOwn(dict, key) ? dict[key] : fallback,
    update: (more: Dict) => void Object.assign(dict, more),
  };
}
