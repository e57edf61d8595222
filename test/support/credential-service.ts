import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, onTestFinished, vi } from 'vitest';
import { serveWeb } from './web-server.js';

/** A request as a service saw it. */
export interface SeenRequest {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  type: string | undefined;
  body: string;
}

/** Servers as the services name them. */
export const iceServers = [
  { urls: ['stun:stun.example.org:3478'] },
  {
    urls: ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org:443'],
    username: 'user',
    credential: 'word',
  },
];

/** A service that answers `body` until the test ends, and what it was asked. */
export async function serveCredentials(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Promise<{ baseUrl: string; seen: SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { authorization, 'content-type': type } = request.headers;
    seen.push({ method: request.method, url: request.url, authorization, type, body: text });
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = await serveWeb((request, response) => void answer(request, response));
  onTestFinished(() => server.close());
  return { baseUrl: server.origin, seen };
}

const variables = [
  'HF_TOKEN',
  'CLOUDFLARE_TURN_KEY_ID',
  'CLOUDFLARE_TURN_KEY_API_TOKEN',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
];

/** Hides the credentials of whoever runs the tests from all tests of the file. */
export function forgetOwnCredentials(): void {
  beforeEach(() => {
    for (const name of variables) vi.stubEnv(name, '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
}
