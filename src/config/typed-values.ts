import type { IceServer } from './server-options.js';

// What is typed on the command line, as the value an option has in code. Text that cannot be read
// comes back as it is: the option's schema then refuses it and shows it.

/** `12`, `29.97`, `.5`. */
export function typedNumber(text: string): number | string {
  return /^-?(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : text;
}

/** `2500000`, `1500k`, `1.5M`: bits per second. */
export function typedBitrate(text: string): number | string {
  const match = /^(\d+(?:\.\d+)?|\.\d+)([km]?)$/i.exec(text);
  if (match === null) return text;
  const factor = { '': 1, k: 1_000, m: 1_000_000 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return Math.round(Number(match[1]) * factor);
}

/** `1280x720`. */
export function typedSize(text: string): [number, number] | string {
  return twoNumbers(/^(\d+)[x×](\d+)$/i.exec(text)) ?? text;
}

/** `50000-50100`. */
export function typedRange(text: string): [number, number] | string {
  return twoNumbers(/^(\d+)-(\d+)$/.exec(text)) ?? text;
}

/** `1.5` seconds, as milliseconds; what is not from 0 to 3600 cannot be read. */
export function typedSeconds(text: string): number | string {
  const seconds = typedNumber(text);
  if (typeof seconds === 'string' || seconds < 0 || seconds > 3_600) return text;
  return Math.round(seconds * 1_000);
}

/** `vp8,h264`. */
export function typedList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** `full,half`, or `2`: how many sizes of the picture, or which. */
export function typedRenditions(text: string): number | string[] {
  return /^\d+$/.test(text) ? Number(text) : typedList(text);
}

/** `name=value`, split at the first `=`. */
export function typedPair(text: string): [name: string, value: string] | string {
  const at = text.indexOf('=');
  return at < 1 ? text : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * `stun:host:port`, `turn:user:password@host:port?transport=tcp`, or JSON as in code. Characters that
 * have a meaning in an address are written `%40` (for `@`) and so on.
 */
export function typedIceServer(text: string): IceServer | string {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text) as IceServer;
    } catch {
      return text;
    }
  }
  const match = /^(stuns?|turns?):(?:([^:@]*):(.*)@)?([^@]+)$/i.exec(text);
  if (match === null) return text;
  const [, scheme, user, password, host] = match;
  const urls = `${scheme}:${host}`;
  if (user === undefined || password === undefined) return { urls };
  try {
    return { urls, username: decodeURIComponent(user), credential: decodeURIComponent(password) };
  } catch {
    return text;
  }
}

function twoNumbers(match: RegExpExecArray | null): [number, number] | null {
  return match === null ? null : [Number(match[1]), Number(match[2])];
}
