import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RequestHandler, Response } from 'express';
import { RequestError } from '../request-error.js';

/**
 * Serves the files under `directory`, and nothing else: no dotfiles, no directories, nothing that a
 * path with `..` or a symbolic link reaches outside of it. All of that is simply not found.
 */
export function staticHandler(directory: string): RequestHandler {
  return async (request, response) => {
    const root = await realpath(directory).catch(notFound);
    const wanted = path.join(root, ...segments(request.path));
    const file = await realpath(wanted).catch(notFound);
    const inside = path.relative(root, file);
    if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) notFound();
    if (!(await stat(file)).isFile()) notFound();
    await sendFile(response, root, inside);
  };
}

function segments(encodedPath: string): string[] {
  let decoded = '';
  try {
    decoded = decodeURIComponent(encodedPath);
  } catch {
    notFound();
  }
  // a trailing slash asks for a directory
  if (decoded.endsWith('/')) notFound();
  const parts = decoded.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.') || /[\\\0]/.test(part))) notFound();
  return parts;
}

function sendFile(response: Response, root: string, file: string): Promise<void> {
  // no-cache: the browser asks each time and gets 304, so that edits show on reload
  const headers = { 'Cache-Control': 'no-cache' };
  return new Promise((resolve, reject) => {
    response.sendFile(file, { root, cacheControl: false, headers }, (error?: Error) => {
      if (!error || response.headersSent) resolve();
      else reject(statusOf(error) === 404 ? new RequestError('not-found', 'No such file') : error);
    });
  });
}

function statusOf(error: Error): unknown {
  return (error as { status?: unknown }).status;
}

function notFound(): never {
  throw new RequestError('not-found', 'No such file');
}
