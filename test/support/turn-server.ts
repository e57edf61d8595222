import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { freePort } from './free-port.js';
import { requirePeer } from './peer-programs.js';

async function takesConnections(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/**
 * Runs coturn on the loopback until the test ends, with a secret that it shares with who makes credentials.
 *
 * @returns Its address, `turn:...`.
 */
export async function runTurnServer(secret: string): Promise<string> {
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'framegear-turn-'));
  const options = {
    'listening-ip': '127.0.0.1',
    'listening-port': String(port),
    'relay-ip': '127.0.0.1',
    'static-auth-secret': secret,
    realm: 'framegear.test',
    'log-file': 'stdout',
    pidfile: path.join(folder, 'pid'),
    userdb: path.join(folder, 'users'),
  };
  const flags = ['use-auth-secret', 'no-tls', 'no-dtls', 'no-cli', 'simple-log'];
  const turnServer = spawn(
    requirePeer('coturn'),
    [
      '-n',
      ...flags.map((flag) => `--${flag}`),
      ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ],
    { stdio: 'ignore' },
  );
  const ended = once(turnServer, 'exit');
  onTestFinished(async () => {
    turnServer.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  await vi.waitFor(() => takesConnections(port), { timeout: 15_000 });
  return `turn:127.0.0.1:${port}`;
}
