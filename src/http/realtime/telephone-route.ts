import type { IncomingMessage } from 'node:http';
import express from 'express';
import type { Request, RequestHandler } from 'express';
import { isSecureRequest } from '../../realtime/telephone/request-url.js';
import { isSignedByTwilio } from '../../realtime/telephone/twilio-signature.js';
import { twiml } from '../../realtime/telephone/twiml.js';
import type { Access } from './access.js';
import { isUnread } from './json-body.js';
import { answerDetail } from './respond.js';
import type { StreamHost, TelephoneRouteOptions } from './stream-host.js';

/** Twilio posts about 1 KiB. */
const maxFormBytes = 64 * 1024;
const incomingPath = 'telephone/incoming';
const handlerPath = 'telephone/handler';

/** `POST /telephone/incoming`: leads a call to our WebSocket. */
export function incomingCallHandlers(
  host: StreamHost,
  access: Access,
  options: TelephoneRouteOptions,
): RequestHandler[] {
  const readForm = express.urlencoded({ extended: false, limit: maxFormBytes });
  return [
    (request, response, next) => {
      if (isUnread(request)) readForm(request, response, next);
      else next();
    },
    async (request, response) => {
      if (options.authToken !== null) {
        const url = calledUrl('http', request, request.originalUrl, options);
        const signature = request.headers['x-twilio-signature'];
        if (!isSignedByTwilio(options.authToken, { url, parameters: formOf(request), signature })) {
          answerDetail(response, 403, 'The signature is wrong');
          return;
        }
      }
      if (!(await access.admits(request, response, 'telephone'))) return;
      const xml = callAnswer(request, options);
      if (xml === null) answerDetail(response, 400, 'The Host header is no host');
      else response.set('Cache-Control', 'no-store').type('application/xml').send(xml);
    },
  ];
}

/** Twilio signs the handshake of a call's WebSocket as well. */
export function isSignedSocket(
  request: IncomingMessage & { originalUrl?: string },
  options: TelephoneRouteOptions | null,
): boolean {
  if (options === null || options.authToken === null) return true;
  const url = calledUrl('ws', request, request.originalUrl ?? request.url ?? '', options);
  const signature = request.headers['x-twilio-signature'];
  return isSignedByTwilio(options.authToken, { url, signature });
}

function callAnswer(request: Request, options: TelephoneRouteOptions): string | null {
  const { origin: host, secure } = originOf(request, options);
  const [path = '/'] = publicPath(request.originalUrl, options).split('?', 1);
  const prefix = path.replace(/\/$/, '').slice(0, -incomingPath.length);
  try {
    return twiml({
      host,
      path: prefix + handlerPath,
      secure,
      ...(options.greeting !== undefined && { greeting: options.greeting }),
      ...(options.farewell !== undefined && { farewell: options.farewell }),
    });
  } catch {
    // Of what goes in, only the host is the caller's.
    return null;
  }
}

/** The address that Twilio called, as it signs it. */
function calledUrl(
  scheme: 'http' | 'ws',
  request: IncomingMessage,
  path: string,
  options: TelephoneRouteOptions,
): string {
  const { origin, secure } = originOf(request, options);
  return `${scheme}${secure ? 's' : ''}://${origin}${publicPath(path, options)}`;
}

/** A path as Twilio knows it: what a proxy has taken away comes from `publicUrl`. */
function publicPath(path: string, { publicUrl }: TelephoneRouteOptions): string {
  if (publicUrl === null) return path;
  const prefix = new URL(publicUrl).pathname.replace(/\/+$/, '');
  return path.startsWith(`${prefix}/`) ? path : prefix + path;
}

/** Host, with its port, and scheme that Twilio knows us by. */
function originOf(
  request: IncomingMessage,
  { publicUrl }: TelephoneRouteOptions,
): { origin: string; secure: boolean } {
  if (publicUrl !== null) {
    const url = new URL(publicUrl);
    return { origin: url.host, secure: url.protocol === 'https:' };
  }
  const { headers, socket } = request;
  const forwarded = headers['x-forwarded-host'];
  const first = typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : undefined;
  return {
    origin: first || (headers.host ?? ''),
    secure: isSecureRequest(headers, (socket as { encrypted?: boolean }).encrypted === true),
  };
}

function formOf(request: Request): Record<string, string | string[]> {
  const body = request.body as unknown;
  return typeof body === 'object' && body !== null && !Buffer.isBuffer(body)
    ? (body as Record<string, string | string[]>)
    : {};
}
