import { StreamError } from '../errors.js';

/** What can be wrong with a request itself; `error-middleware.ts` turns it into a status. */
export type RequestErrorCode =
  | 'not-found'
  | 'method-not-allowed'
  | 'body-missing'
  | 'body-too-large'
  | 'invalid-json'
  | 'invalid-offer'
  | 'invalid-parameter'
  | 'unsupported-media-type';

/** A request that no route of ours can serve. */
export class RequestError extends StreamError {
  /** Methods the route does take; empty unless `code` is `method-not-allowed`. */
  readonly allow: readonly string[];

  constructor(code: RequestErrorCode, message: string, allow: readonly string[] = []) {
    super(message, { code });
    this.allow = allow;
  }
}
