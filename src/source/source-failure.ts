import { constants } from 'node:os';
import { FFmpegError } from 'node-av/lib';
import {
  AVERROR_DEMUXER_NOT_FOUND,
  AVERROR_EOF,
  AVERROR_HTTP_BAD_REQUEST,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_OTHER_4XX,
  AVERROR_HTTP_SERVER_ERROR,
  AVERROR_HTTP_TOO_MANY_REQUESTS,
  AVERROR_HTTP_UNAUTHORIZED,
  AVERROR_INVALIDDATA,
  AVERROR_PROTOCOL_NOT_FOUND,
} from 'node-av/constants';
import { SourceError } from '../errors.js';
import { redact } from './redact.js';

/** What failed, for {@link sourceFailure}. */
export interface FailedOperation {
  /** The source as it may be shown. */
  label: string;
  /** What kind of source it is: the advice differs. */
  kind: 'file' | 'network' | 'device';
  /** FFmpeg's error code, negative. */
  code: number;
  /** What FFmpeg logged while it tried. */
  lines?: readonly string[];
  /** Whether any of the video was read before. */
  begun?: boolean;
  /** For files: whether it begins like an MP4 or QuickTime file. */
  startsAsMp4?: boolean;
}

interface Verdict {
  code: string;
  what: string;
  retryable: boolean;
}

const { errno } = constants;

const byErrno = new Map<number, string>(
  Object.entries(errno).map(([name, value]) => [-value, name]),
);

const httpVerdicts = new Map<number, Verdict>([
  [
    AVERROR_HTTP_UNAUTHORIZED,
    verdict('unauthorized', 'wants a user and password: put them in as user:password@host'),
  ],
  [
    AVERROR_HTTP_FORBIDDEN,
    verdict('unauthorized', 'refuses this user (403): check user, password and rights'),
  ],
  [
    AVERROR_HTTP_NOT_FOUND,
    verdict('source-not-found', 'is not there (404): check the path of the address', true),
  ],
  [AVERROR_HTTP_BAD_REQUEST, verdict('source-failed', 'refused the request (400)')],
  [
    AVERROR_HTTP_TOO_MANY_REQUESTS,
    verdict('source-failed', 'has too many requests (429): try again later', true),
  ],
  [AVERROR_HTTP_OTHER_4XX, verdict('source-failed', 'refused the request (4xx)')],
  [
    AVERROR_HTTP_SERVER_ERROR,
    verdict('source-failed', 'has a fault on its side (5xx): try again later', true),
  ],
]);

/** Turns FFmpeg's refusal into one line that a newcomer can act on; `cause` is FFmpeg's error. */
export function sourceFailure(operation: FailedOperation): SourceError {
  const { label, code } = operation;
  const cause = FFmpegError.fromCode(code) ?? undefined;
  const { what, ...rest } = judge(operation, cause?.message ?? `error ${code}`);
  return new SourceError(`${label} ${what}`, { ...rest, cause });
}

function judge(operation: FailedOperation, text: string): Verdict {
  const { kind, code, lines = [] } = operation;
  const said = lines.join('\n');
  const known =
    httpVerdicts.get(code) ?? byLog(said) ?? byMismatch(operation, said) ?? byNumber(kind, code);
  if (known !== null) return known;
  const telling = lines.find((line) => /no such|unknown|unable|invalid|not found/i.test(line));
  const detail = redact(telling ?? lines.at(-1) ?? text).replace(/\s+/g, ' ');
  return verdict('source-failed', `cannot be opened: ${detail}`, kind !== 'file');
}

/** What only FFmpeg's log tells: its codes for these are plain I/O errors. */
function byLog(said: string): Verdict | null {
  if (/failed to resolve hostname|unknown host/i.test(said)) {
    return verdict('host-not-found', 'has an unknown host name: check the address and DNS', true);
  }
  if (/\b401\b|authorization failed|ERROR:UNAUTH|access denied/i.test(said)) {
    return verdict('unauthorized', 'wants a user and password: put them in as user:password@host');
  }
  if (/StreamNotFound|\b404\b/i.test(said)) {
    return verdict('source-not-found', 'is not there: check the path of the address', true);
  }
  if (/connection tim(e|ed) ?out/i.test(said)) {
    return verdict('timed-out', 'does not answer: is it switched on and reachable?', true);
  }
  return null;
}

/** What is there, but not what the name or address promises. */
function byMismatch(
  { label, kind, begun, startsAsMp4 }: FailedOperation,
  said: string,
): Verdict | null {
  if (/moov atom not found/i.test(said)) {
    // FFmpeg misses it in any file that is called .mp4.
    if (startsAsMp4 === false) return notMedia(kind);
    const known = startsAsMp4 === true ? 'is cut off:' : 'is no video file, or is cut off:';
    return verdict('source-unreadable', `${known} its recording was never finished`);
  }
  // It went past the pictures to the index at the end, and could not go back.
  if (begun === false && /partial file/.test(said) && /ends prematurely/.test(said)) {
    return verdict(
      'source-unreadable',
      'has its index at the end, and its server cannot seek: ' +
        'rewrite the file with `ffmpeg -i in.mp4 -c copy -movflags +faststart out.mp4`',
    );
  }
  const secure = /^(http|rtsp|rtmp)s:\/\//i.exec(label)?.[1];
  if (secure !== undefined && /wrong version number|packet length too long/i.test(said)) {
    const what = `does not answer encrypted: is it ${secure}://?`;
    return verdict('source-failed', what, true);
  }
  return null;
}

function byNumber(kind: FailedOperation['kind'], code: number): Verdict | null {
  if (code === AVERROR_INVALIDDATA || code === AVERROR_EOF) return notMedia(kind);
  if (code === AVERROR_PROTOCOL_NOT_FOUND) {
    return verdict('source-unreadable', 'has a protocol that this FFmpeg cannot speak');
  }
  if (code === AVERROR_DEMUXER_NOT_FOUND) {
    return verdict('source-unreadable', 'is of no format that this FFmpeg can read');
  }
  switch (byErrno.get(code)) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return kind === 'device'
        ? verdict('source-not-found', 'is not there: see `framegear devices`', true)
        : verdict('source-not-found', 'does not exist: check the path');
    case 'EACCES':
    case 'EPERM':
      return verdict('source-unreadable', permissionAdvice(kind));
    case 'EISDIR':
      return verdict('source-unreadable', 'is a directory: name a file in it');
    case 'EBUSY':
      return verdict('device-busy', 'is in use by another program: close that first', true);
    case 'ECONNREFUSED':
      return verdict('connection-refused', 'refuses connections: is its server running?', true);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return verdict('host-not-found', 'cannot be reached: check address and network', true);
    case 'ETIMEDOUT':
      return verdict('timed-out', 'does not answer: is it switched on and reachable?', true);
    default:
      return null;
  }
}

function notMedia(kind: FailedOperation['kind']): Verdict {
  if (kind === 'network') {
    return verdict('source-unreadable', 'sends nothing that can be played as video', true);
  }
  if (kind === 'device') {
    return verdict('source-failed', 'delivers no pictures: is it really a camera?', true);
  }
  return verdict('source-unreadable', 'is damaged or no video file');
}

function permissionAdvice(kind: FailedOperation['kind']): string {
  return kind === 'device'
    ? 'may not be opened by this user: allow camera access (on Linux: join the group video)'
    : 'may not be read by this user: check its permissions';
}

function verdict(code: string, what: string, retryable = false): Verdict {
  return { code, what, retryable };
}
