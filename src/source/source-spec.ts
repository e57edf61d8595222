import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDynamicPattern } from 'tinyglobby';
import { NotSupportedError } from '../errors.js';
import { networkSchemes } from './input-plan.js';
import { redact } from './redact.js';

/** What the text of a source names. */
export type SourceSpec =
  | { kind: 'testsrc'; parameters: string }
  | { kind: 'camera'; device: string | number }
  | { kind: 'screen'; display: string | null }
  | { kind: 'lavfi'; graph: string }
  | { kind: 'url'; url: string }
  | { kind: 'pictures'; pattern: string }
  | { kind: 'file'; file: string };

const pictureFile = /\.(jpe?g|png|webp|gif|svg|avif|tiff?|heif)$/i;

/** A scheme has two letters or more: `C:\film.mp4` is a file. */
const schemePattern = /^([a-z][a-z0-9+.-]+):(.*)$/is;

/** FFmpeg's formats that take no file or URL but the name of a device or a graph. */
const deviceFormats =
  /^(v4l2|video4linux2|avfoundation|dshow|x11grab|gdigrab|kmsgrab|fbdev|lavfi)$/;

/** True for an input format whose spec only FFmpeg understands. */
export function isDeviceFormat(inputFormat: string | undefined): boolean {
  return inputFormat !== undefined && deviceFormats.test(inputFormat);
}

/**
 * Reads a source's text without touching what it names, except to tell a file called `a[1].jpg` from
 * a pattern.
 *
 * @throws {TypeError} naming `source`, for an empty text or an unknown scheme.
 * @throws {NotSupportedError} for `whip:`.
 */
export function parseSourceSpec(spec: string): SourceSpec {
  const text = spec.trim();
  if (text === '') throw new TypeError(`source: expected a file, URL or device, got ''`);
  const plain = plainSpec(text);
  if (plain !== null) return plain;
  const scheme = schemePattern.exec(text);
  if (scheme !== null && !existsSync(text)) {
    return schemeSpec(text, (scheme[1] ?? '').toLowerCase(), scheme[2] ?? '');
  }
  return fileSpec(text);
}

function plainSpec(text: string): SourceSpec | null {
  const testsrc = /^testsrc(?:=(.*))?$/.exec(text);
  if (testsrc !== null) return { kind: 'testsrc', parameters: testsrc[1] ?? '' };
  if (text === 'camera') return { kind: 'camera', device: 0 };
  if (/^\d{1,3}$/.test(text)) return { kind: 'camera', device: Number(text) };
  if (/^\/dev\/video\d+$/.test(text)) return { kind: 'camera', device: text };
  if (text === 'screen') return { kind: 'screen', display: null };
  return null;
}

function schemeSpec(text: string, scheme: string, rest: string): SourceSpec {
  if (scheme === 'camera') {
    if (rest === '') throw new TypeError(`source: expected a number after camera:, got '${text}'`);
    return { kind: 'camera', device: /^\d+$/.test(rest) ? Number(rest) : rest };
  }
  if (scheme === 'screen') return { kind: 'screen', display: rest };
  if (scheme === 'lavfi') {
    if (rest.trim() === '') {
      throw new TypeError(`source: expected a filter graph after lavfi:, got '${text}'`);
    }
    return { kind: 'lavfi', graph: rest };
  }
  if (scheme === 'whip') {
    throw new NotSupportedError('source: whip: (publishing into FrameGear) is not supported yet');
  }
  if (scheme === 'file') return fileSpec(filePathOf(text));
  if (networkSchemes.has(scheme)) {
    if (!/^[^:]+:\/\/[^/]/.test(text)) {
      throw new TypeError(`source: expected ${scheme}://host..., got '${redact(text)}'`);
    }
    return { kind: 'url', url: text };
  }
  throw new TypeError(
    `source: unknown scheme ${scheme}: in '${redact(text)}'; expected a file, http(s)://, ` +
      'rtsp://, rtmp://, srt://, udp://, camera, screen, lavfi:<graph> or testsrc',
  );
}

function filePathOf(url: string): string {
  // FFmpeg also writes `file:film.mp4`, with a path as it is.
  if (!url.startsWith('file://')) return url.slice('file:'.length);
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new TypeError(`source: expected a file URL of this machine, got '${url}'`, { cause });
  }
}

function fileSpec(text: string): SourceSpec {
  // Shells leave ~ alone inside quotes, and config files have no shell.
  const file = text.startsWith('~/') ? path.join(homedir(), text.slice(2)) : text;
  if (pictureFile.test(file) || (isDynamicPattern(file) && !existsSync(file))) {
    return { kind: 'pictures', pattern: file };
  }
  return { kind: 'file', file };
}
