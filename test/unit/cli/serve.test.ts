import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serve } from '../../../src/cli/serve.js';
import type { ServedServer } from '../../../src/cli/serve.js';
import { createTerminal } from '../../../src/cli/terminal.js';
import type { Terminal } from '../../../src/cli/terminal.js';
import type { ServerOptions } from '../../../src/config/server-options.js';
import { SourceError } from '../../../src/errors.js';

/** A server without anything in it; counts what is asked of it. */
class FakeServer implements ServedServer {
  readonly url = 'http://localhost:8000/';
  readonly sourceLabel = 'rtsp://cam/1';
  readonly dataDirectory = '/home/me/.framegear/webgear_rtc';
  readonly listen = vi.fn(async () => undefined);
  readonly close = vi.fn(async () => undefined);
  readonly checkSource: (signal?: AbortSignal) => Promise<void>;
  readonly options: ServerOptions;

  constructor(options: ServerOptions, checkSource = async (): Promise<void> => undefined) {
    this.options = options;
    this.checkSource = checkSource;
  }
}

let folder: string;
const before = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framegear-serve-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function fakeTerminal(): { terminal: Terminal; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    ...createTerminal(false),
    print: (line) => void out.push(line),
    printError: (text) => void err.push(text),
    isTTY: false,
  };
  return { terminal, out, err };
}

describe('serve', () => {
  it('checks the source, listens, tells so, and closes at a signal', async () => {
    const { terminal, out } = fakeTerminal();
    let server: FakeServer | undefined;
    const done = serve(
      { sources: ['door=rtsp://u:p@cam/1'], options: { port: 8000, codecs: ['vp8'] } },
      {
        terminal,
        createServer: async (options) => (server = new FakeServer(options)),
      },
    );
    await vi.waitFor(() => expect(out.join('\n')).toContain('press Ctrl-C to stop'));
    expect(server?.options).toMatchObject({
      source: 'rtsp://u:p@cam/1',
      name: 'door',
      port: 8000,
      codecs: ['vp8'],
    });
    expect(server?.listen).toHaveBeenCalledExactlyOnceWith({ host: 'localhost', port: 8000 });
    const text = out.join('\n');
    expect(text).toMatch(/FrameGear \d+\.\d+\.\d+ {2}ready in \d+ ms/);
    expect(text).toMatch(/Source +rtsp:\/\/cam\/1$/m);
    expect(text).toMatch(/Transforms +none$/m);
    expect(text).toMatch(/Codecs +vp8$/m);
    expect(text).toMatch(/Page files +\/home\/me\/\.framegear\/webgear_rtc$/m);
    expect(text).toMatch(/Local +http:\/\/localhost:8000\/$/m);
    expect(text).toMatch(/Network +use --host to expose$/m);
    expect(server?.close).not.toHaveBeenCalled();

    process.emit('SIGINT', 'SIGINT');
    await done;
    expect(server?.close).toHaveBeenCalled();
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('closes the server and rejects when the source cannot be opened', async () => {
    const { terminal } = fakeTerminal();
    const failure = new SourceError('no such file', { code: 'source-not-found' });
    const server = new FakeServer({}, async () => Promise.reject(failure));
    const done = serve(
      { sources: ['nope.mp4'], options: {} },
      { terminal, createServer: async () => server },
    );
    await expect(done).rejects.toBe(failure);
    expect(server.close).toHaveBeenCalled();
    expect(server.listen).not.toHaveBeenCalled();
  });

  it('can be stopped while the source is still being checked', async () => {
    const { terminal } = fakeTerminal();
    let checking: AbortSignal | undefined;
    const server = new FakeServer({}, (signal?: AbortSignal) => {
      checking = signal;
      return new Promise(() => undefined);
    });
    const done = serve(
      { sources: [], options: {} },
      { terminal, createServer: async () => server },
    );
    await vi.waitFor(() => expect(checking).toBeDefined());
    process.emit('SIGTERM', 'SIGTERM');
    await done;
    expect(checking?.aborted).toBe(true);
    expect(server.close).toHaveBeenCalled();
    expect(server.listen).not.toHaveBeenCalled();
  });

  it('closes a server that is made after the signal', async () => {
    const { terminal } = fakeTerminal();
    const server = new FakeServer({});
    let finish: (server: FakeServer) => void = () => undefined;
    const made = new Promise<FakeServer>((resolve) => (finish = resolve));
    let asked = false;
    const createServer = async (): Promise<FakeServer> => {
      asked = true;
      return made;
    };
    const done = serve({ sources: [], options: {} }, { terminal, createServer });
    await vi.waitFor(() => expect(asked).toBe(true));
    process.emit('SIGINT', 'SIGINT');
    await done;
    finish(server);
    await vi.waitFor(() => expect(server.close).toHaveBeenCalled());
    expect(server.listen).not.toHaveBeenCalled();
  });

  it('checks everything before a server is made', async () => {
    const { terminal } = fakeTerminal();
    const createServer = vi.fn();
    const context = { terminal, createServer };
    const both = serve({ sources: ['a', 'b'], options: {} }, context);
    await expect(both).rejects.toThrow('one source per server for now');
    writeFileSync('framegear.config.mjs', 'export default { port: -1 };');
    await expect(serve({ sources: [], options: {} }, context)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('framegear.config.mjs: port: expected') as string,
    });
    expect(createServer).not.toHaveBeenCalled();
  });

  it('logs in plain lines, and details only when asked', async () => {
    for (const logging of [false, true]) {
      const { terminal, err } = fakeTerminal();
      const server = new FakeServer({}, () => new Promise(() => undefined));
      let logger: ServerOptions['logger'];
      const done = serve(
        { sources: [], options: { logging } },
        {
          terminal,
          createServer: async (options) => {
            logger = options.logger;
            return server;
          },
        },
      );
      await vi.waitFor(() => expect(logger).toBeDefined());
      logger?.info('plain');
      logger?.debug('detail');
      process.emit('SIGINT', 'SIGINT');
      await done;
      expect(err[0]).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: plain\n$/);
      expect(err.join('').includes('detail')).toBe(logging);
    }
  });
});
