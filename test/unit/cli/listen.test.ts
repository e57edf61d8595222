import { describe, expect, it, vi } from 'vitest';
import { listenOnFreePort } from '../../../src/cli/listen.js';

/** Refuses the ports it is told to, as Node does. */
class FakeServer {
  readonly tried: number[] = [];
  readonly #refuse: (port: number) => string | undefined;

  constructor(refuse: (port: number) => string | undefined) {
    this.#refuse = refuse;
  }

  async listen({ port }: { port: number }): Promise<void> {
    this.tried.push(port);
    const code = this.#refuse(port);
    if (code !== undefined) throw Object.assign(new Error(`listen ${code}`), { code });
  }
}

const options = { host: 'localhost', port: 8000, strictPort: false };

describe('listenOnFreePort', () => {
  it('takes the port when it is free', async () => {
    const server = new FakeServer(() => undefined);
    await listenOnFreePort(server, options);
    expect(server.tried).toEqual([8000]);
  });

  it('goes on to the next free port and tells which were taken', async () => {
    const server = new FakeServer((port) => (port < 8002 ? 'EADDRINUSE' : undefined));
    const taken: number[] = [];
    await listenOnFreePort(server, { ...options, onTaken: (port) => taken.push(port) });
    expect(server.tried).toEqual([8000, 8001, 8002]);
    expect(taken).toEqual([8000, 8001]);
  });

  it('stays with a strict port', async () => {
    const server = new FakeServer(() => 'EADDRINUSE');
    const onTaken = vi.fn();
    const strict = { ...options, strictPort: true, onTaken };
    await expect(listenOnFreePort(server, strict)).rejects.toThrow(
      'port 8000 is taken: choose another with --port, or leave out --strict-port',
    );
    expect(server.tried).toEqual([8000]);
    // The error says it.
    expect(onTaken).not.toHaveBeenCalled();
  });

  it('gives up after a hundred ports, and at the last one there is', async () => {
    const server = new FakeServer(() => 'EADDRINUSE');
    await expect(listenOnFreePort(server, options)).rejects.toThrow('ports 8000 to 8100 are taken');
    const high = new FakeServer(() => 'EADDRINUSE');
    await expect(listenOnFreePort(high, { ...options, port: 65_534 })).rejects.toThrow(
      'ports 65534 to 65535 are taken',
    );
    expect(high.tried).toEqual([65_534, 65_535]);
  });

  it.each([
    ['EACCES', 'no right to listen on port 8000: choose one from 1024 up with --port'],
    ['EADDRNOTAVAIL', 'cannot listen on "localhost", which is no address of this machine'],
    ['ENOTFOUND', 'cannot listen on "localhost", which is no address of this machine'],
  ])('explains %s', async (code, message) => {
    const server = new FakeServer(() => code);
    await expect(listenOnFreePort(server, options)).rejects.toThrow(message);
    expect(server.tried).toEqual([8000]);
  });

  it('passes on what it does not know', async () => {
    const error = new Error('odd');
    const listen = async (): Promise<void> => Promise.reject(error);
    await expect(listenOnFreePort({ listen }, options)).rejects.toBe(error);
  });
});
