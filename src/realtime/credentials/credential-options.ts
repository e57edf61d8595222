/** What can be said of every request for credentials. */
export interface TurnRequestOptions {
  /**
   * How long the credentials are to be good for, rounded down to seconds: 1,000 to 172,800,000 (two days). Default 600,000.
   * Some servers end a call when they are not; kept ones are up to four fifths of that old.
   */
  ttlMs?: number;
  /** How long the service may take to answer, 1 to 600,000. Default 10,000. */
  timeoutMs?: number;
  /** Ends the request; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Address of the service, for one that speaks the same protocol. */
  baseUrl?: string;
}

/** Longest life that the services give. */
const maxTtlMs = 172_800_000;

/** @throws {TypeError} or {RangeError} naming the option. */
export function readTtlMs(ttlMs: number = 600_000): number {
  checkMs('ttlMs', ttlMs, 1000, maxTtlMs);
  return Math.floor(ttlMs / 1000) * 1000;
}

/** @throws {TypeError} or {RangeError} naming the option. */
export function readTimeoutMs(timeoutMs: number = 10_000): number {
  checkMs('timeoutMs', timeoutMs, 1, 600_000);
  return timeoutMs;
}

/** Without a slash at its end. @throws {TypeError} unless it is an HTTP address. */
export function readBaseUrl(baseUrl: string): string {
  const url = typeof baseUrl === 'string' && URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`baseUrl: expected an http: or https: address, got ${String(baseUrl)}`);
  }
  return baseUrl.replace(/\/+$/, '');
}

/**
 * A secret from an option, or from the environment; `null` when neither says anything.
 *
 * @throws {TypeError} naming where it came from, never its value, when it cannot be sent in a header.
 */
export function readSecret(
  option: string,
  value: string | undefined,
  variable: string,
): string | null {
  if (value !== undefined && typeof value !== 'string') {
    throw new TypeError(`${option}: expected a string, got ${typeof value}`);
  }
  // What comes from a file often ends with a line break.
  const secret = (value ?? process.env[variable] ?? '').trim();
  if (secret === '') return null;
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    const place = value === undefined ? `environment variable ${variable}` : option;
    throw new TypeError(`${place}: expected printable ASCII without spaces`);
  }
  return secret;
}

/** @throws {TypeError} naming option and variable when there is no such secret. */
export function requireSecret(option: string, value: string | undefined, variable: string): string {
  const secret = readSecret(option, value, variable);
  if (secret !== null) return secret;
  throw new TypeError(`${option}: expected it, or environment variable ${variable}; got neither`);
}

function checkMs(option: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${option}: expected a number, got ${typeof value}`);
  }
  if (!(value >= min && value <= max)) {
    throw new RangeError(`${option}: expected ${min} to ${max} ms, got ${value}`);
  }
}
