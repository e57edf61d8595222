import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFile } from '../../../src/source/file-check.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'framegear-files-'));
  writeFileSync(path.join(folder, 'Holiday.mp4'), 'x');
  writeFileSync(path.join(folder, 'empty.mp4'), '');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('checkFile', () => {
  it('lets a file pass', async () => {
    await expect(checkFile(path.join(folder, 'Holiday.mp4'))).resolves.toBeUndefined();
  });

  it.each([
    ['holliday.mp4', 'source-not-found', 'did you mean'],
    ['Holiday.mp3', 'source-not-found', 'Holiday.mp4'],
    ['something-else.mkv', 'source-not-found', 'check the path'],
    ['no/such/folder.mp4', 'source-not-found', 'check the path'],
    ['Holiday.mp4/inside.mp4', 'source-not-found', 'check the path'],
    ['.', 'source-unreadable', 'is a directory'],
    ['empty.mp4', 'source-unreadable', 'is empty'],
  ])('refuses %s', async (name, code, text) => {
    await expect(checkFile(path.join(folder, name))).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(text) as string,
    });
  });

  it.skipIf(process.platform === 'win32')('refuses what is no file', async () => {
    const pipe = path.join(folder, 'pipe.mp4');
    execFileSync('mkfifo', [pipe]);
    const socket = path.join(folder, 'socket.mp4');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const code = 'source-unreadable';
      await expect(checkFile(pipe)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/is a pipe: .*tcp:/) as string,
      });
      await expect(checkFile(socket)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('is a socket: ') as string,
      });
      await expect(checkFile('/dev/zero')).rejects.toMatchObject({
        code,
        message: expect.stringContaining('camera:/dev/zero') as string,
      });
    } finally {
      server.close();
    }
  });

  it('guesses no other name for a file that was there before', async () => {
    await expect(checkFile(path.join(folder, 'Holiday.mp3'), true)).rejects.toMatchObject({
      code: 'source-not-found',
      message: expect.stringMatching(/Holiday\.mp3 is not there any more: [^\n]+$/) as string,
    });
  });

  it('knows the words that are no files', async () => {
    await expect(checkFile('tetsrc')).rejects.toThrow('did you mean testsrc?');
    await expect(checkFile('camrea')).rejects.toThrow('did you mean camera?');
  });
});
