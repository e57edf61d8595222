import { checkNames, checkNumber, checkObject } from '../util/check-options.js';
import { show } from '../util/show-value.js';

/** Where to listen, all of it known. */
export interface ListenPlace {
  /** Name or address. */
  readonly host: string;
  /** TCP port; 0 takes a free one. */
  readonly port: number;
}

/**
 * Checks what `listen()` was given, and fills in the rest.
 *
 * @throws {TypeError} or {RangeError} naming the field and what was got.
 */
export function readListenOptions(options: unknown, defaults: ListenPlace): ListenPlace {
  checkObject('options', options);
  checkNames('', options, ['port', 'host']);
  const { port = defaults.port, host = defaults.host } = options as {
    port?: unknown;
    host?: unknown;
  };
  checkNumber(
    'port',
    port,
    (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
    'a port from 0 to 65,535',
  );
  if (typeof host !== 'string') {
    throw new TypeError(`host: expected a name or an address, got ${show(host)}`);
  }
  if (host === '') throw new RangeError('host: expected a name or an address, got ""');
  return { host, port };
}
