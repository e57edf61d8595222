import type { Logger } from '../../logger.js';
import { LogLimit } from '../../util/log-limit.js';

/** Different faults that are each reported once a second; more of them share one report. */
const mostKinds = 8;

/** What becomes of a handler's faults. */
export interface HandlerFaultsOptions {
  logger: Logger;
  /** Tells the client; at most once a second for each kind of fault. */
  tell: (text: string) => void;
}

interface Fault {
  readonly where: string;
  readonly error: unknown;
}

/** Reports what a handler throws: the first of a kind at once, one that repeats once a second. */
export class HandlerFaults {
  readonly #options: HandlerFaultsOptions;
  readonly #limits = new Map<string, LogLimit>();

  constructor(options: HandlerFaultsOptions) {
    this.#options = options;
  }

  /** @param where - What was called, for the log. */
  note(where: string, error: unknown): void {
    const key = `${where}: ${faultText(error)}`;
    const kind = this.#limits.has(key) || this.#limits.size < mostKinds ? key : 'others';
    let limit = this.#limits.get(kind);
    if (limit === undefined) {
      limit = new LogLimit((suppressed, last) => this.#report(suppressed, last as Fault));
      this.#limits.set(kind, limit);
    }
    limit.note({ where, error });
  }

  /** Reports what is still held back. */
  close(): void {
    for (const limit of this.#limits.values()) limit.close();
    this.#limits.clear();
  }

  #report(suppressed: number, { where, error }: Fault): void {
    const text = faultText(error);
    const more = suppressed > 0 ? ` (and ${suppressed} more times)` : '';
    const fields = { err: error, handler: where, suppressed };
    this.#options.logger.error(fields, `${where} failed: ${text}${more}`);
    this.#options.tell(text);
  }
}

/** What a client is told of something that was thrown. */
function faultText(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : String(error);
}
