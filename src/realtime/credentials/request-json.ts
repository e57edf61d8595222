import { TurnCredentialsError } from './turn-credentials-error.js';

/** One request to a service for credentials. */
export interface CredentialsRequest {
  /** Names the service in errors. */
  service: string;
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  /** What no error may repeat. */
  secrets: readonly string[];
}

/** More than any list of servers takes. */
const maxBytes = 262_144;

/** Of an answer, in errors. */
const excerptLength = 200;

/**
 * What the service answers, parsed.
 *
 * @throws {TurnCredentialsError} when it cannot be reached, is late, refuses, or answers with no JSON.
 * @throws the reason of `signal`.
 */
export async function requestJson(request: CredentialsRequest): Promise<unknown> {
  const { service, signal, timeoutMs } = request;
  signal?.throwIfAborted();
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { accept: 'application/json', ...request.headers },
      body: request.body ?? null,
      // The secrets are meant for this host alone.
      redirect: 'manual',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    const text = await readText(response);
    if (!response.ok) throw refusal(request, response.status, text);
    return parse(service, response.status, text);
  } catch (cause) {
    if (cause instanceof TurnCredentialsError) throw cause;
    signal?.throwIfAborted();
    if (late.aborted) {
      throw new TurnCredentialsError(`${service} gave no answer within ${timeoutMs} ms`);
    }
    throw new TurnCredentialsError(`${service} cannot be reached: ${reasonOf(cause)}`, { cause });
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    // What is left is not waited for: leaving the loop cancels the body.
    if (size > maxBytes) break;
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

function refusal(request: CredentialsRequest, status: number, text: string): TurnCredentialsError {
  let said = text;
  for (const secret of request.secrets) said = said.replaceAll(secret, '***');
  // eslint-disable-next-line no-control-regex -- what a service says shall not move the cursor of a terminal
  said = said.replace(/[\x00-\x1f\x7f-\x9f\s]+/g, ' ').trim();
  const excerpt = said.length > excerptLength ? `${said.slice(0, excerptLength)}…` : said;
  const message = `${request.service} answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  return new TurnCredentialsError(message, { status });
}

/** Of an answer that may hold credentials, nothing is repeated. */
function parse(service: string, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TurnCredentialsError(`${service} answered with something that is no JSON`, {
      status,
    });
  }
}

/** `fetch` says "fetch failed" and keeps the reason in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const { code, message: inner } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? (inner || message);
}
