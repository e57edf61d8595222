import { constants } from 'node:os';
import { AVERROR_HTTP_NOT_FOUND, AVERROR_INVALIDDATA } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/source/redact.js';
import { sourceFailure } from '../../../src/source/source-failure.js';

const { errno } = constants;
const unknown = -0x5555_5555;

describe('sourceFailure', () => {
  it.each([
    ['device', -errno.EBUSY, 'device-busy', true],
    ['device', -errno.EACCES, 'source-unreadable', false],
    ['device', -errno.ENODEV, 'source-not-found', true],
    ['file', -errno.ENOENT, 'source-not-found', false],
    ['file', -errno.EACCES, 'source-unreadable', false],
    ['file', -errno.EISDIR, 'source-unreadable', false],
    ['file', AVERROR_INVALIDDATA, 'source-unreadable', false],
    ['network', AVERROR_INVALIDDATA, 'source-unreadable', true],
    ['network', -errno.ECONNREFUSED, 'connection-refused', true],
    ['network', -errno.ETIMEDOUT, 'timed-out', true],
    ['network', -errno.EHOSTUNREACH, 'host-not-found', true],
    ['network', AVERROR_HTTP_NOT_FOUND, 'source-not-found', true],
    ['network', unknown, 'source-failed', true],
    ['file', unknown, 'source-failed', false],
  ] as const)('tells a %s with %i as %s', (kind, code, expected, retryable) => {
    const error = sourceFailure({ label: 'cam', kind, code });
    expect(error).toMatchObject({ code: expected, retryable });
    expect(error.message).toMatch(/^cam [^\n]+$/);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each([
    ['Failed to resolve hostname cam: Name or service not known', 'host-not-found'],
    ['method DESCRIBE failed: 401 Unauthorized', 'unauthorized'],
    ['Server error: NetStream.Play.StreamNotFound', 'source-not-found'],
    ['Connection to srt://cam failed: Connection setup failure: connection time out', 'timed-out'],
    ['moov atom not found', 'source-unreadable'],
  ])('reads FFmpeg saying "%s"', (line, code) => {
    const failure = { label: 'cam', kind: 'network', code: -errno.EIO, lines: [line] } as const;
    expect(sourceFailure(failure).code).toBe(code);
  });

  it('calls only what begins as a video a recording that was cut off', () => {
    const lines = ['moov atom not found'];
    const failure = { label: 'a.mp4', kind: 'file', code: AVERROR_INVALIDDATA, lines } as const;
    const text = sourceFailure({ ...failure, startsAsMp4: false });
    expect(text).toMatchObject({ code: 'source-unreadable' });
    expect(text.message).toMatch(/no video file/);
    expect(sourceFailure({ ...failure, startsAsMp4: true }).message).toMatch(/is cut off/);
  });

  it('quotes FFmpeg without credentials where it knows no better', () => {
    const lines = ["No such thing\nin 'http://user:secret@host/?token=abc'"];
    const { message } = sourceFailure({ label: 'cam', kind: 'network', code: unknown, lines });
    expect(message).toBe("cam cannot be opened: No such thing in 'http://host/?token=***'");
  });
});

describe('redact', () => {
  it.each([
    ['rtsp://user:p@ss@cam:554/1', 'rtsp://cam:554/1'],
    ['http://cam/?a=1&api_key=xyz#top', 'http://cam/?a=1&api_key=***#top'],
    ['http://cam/path/a@b', 'http://cam/path/a@b'],
    ['./film.mp4', './film.mp4'],
  ])('shows %s as %s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});
