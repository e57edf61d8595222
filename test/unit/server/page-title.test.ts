import { expect, it } from 'vitest';
import { pageTitle } from '../../../src/server/page-title.js';

it.each([
  ['testsrc', 'Test picture'],
  ['testsrc=size=640x360', 'Test picture'],
  [0, 'Camera'],
  ['camera:1', 'Camera'],
  ['/dev/video2', 'Camera'],
  ['screen', 'Screen'],
  ['/home/me/films/holiday.mp4', 'holiday.mp4'],
  ['rtsp://user:secret@192.168.1.20/stream1', 'Live stream'],
  ['https://example.org/private/token.m3u8', 'Live stream'],
])('calls %s "%s" on the page', (source, title) => {
  expect(pageTitle(source)).toBe(title);
});

it('does not name objects', () => {
  expect(pageTitle({ read: () => null, stop: () => undefined })).toBe('Live stream');
});
