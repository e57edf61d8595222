import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Programs that the tests play against, and where they are looked for. */
const places = {
  chromium: {
    variable: 'CHROMIUM_PATH',
    paths: [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    works: existsSync,
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    paths: [
      '/usr/bin/firefox-esr',
      '/usr/bin/firefox',
      '/Applications/Firefox.app/Contents/MacOS/firefox',
    ],
    works: existsSync,
  },
  /** A Python that has aiortc. */
  aiortc: {
    variable: 'AIORTC_PYTHON',
    paths: ['/usr/bin/python3', 'python3'],
    works: (python: string) =>
      spawnSync(python, ['-c', 'import aiortc'], { stdio: 'ignore' }).status === 0,
  },
  /** A screen without a monitor. */
  xvfb: { variable: 'XVFB_PATH', paths: ['/usr/bin/Xvfb'], works: existsSync },
  /** Speaks, for tests that listen. */
  espeak: {
    variable: 'ESPEAK_PATH',
    paths: ['/usr/bin/espeak-ng', '/opt/homebrew/bin/espeak-ng', '/usr/local/bin/espeak-ng'],
    works: existsSync,
  },
  /** A TURN server. */
  coturn: {
    variable: 'TURNSERVER_PATH',
    paths: ['/usr/bin/turnserver', '/opt/homebrew/bin/turnserver', '/usr/local/bin/turnserver'],
    works: existsSync,
  },
};

/** Name of a program that tests play against. */
export type PeerName = keyof typeof places;

/** All of them. */
export const peerNames: PeerName[] = ['chromium', 'firefox', 'aiortc', 'xvfb', 'espeak', 'coturn'];

/** The environment variable that names another program than those found by themselves. */
export function peerVariable(name: PeerName): string {
  return places[name].variable;
}

/** Path of a program, `null` when it is not installed; what the environment variable names comes first. */
export function findPeer(name: PeerName): string | null {
  const { variable, paths, works } = places[name];
  const named = process.env[variable];
  const candidates = named ? [named] : paths;
  return candidates.find((path) => works(path)) ?? null;
}

/** Path of a program. @throws {Error} that says what to install. */
export function requirePeer(name: PeerName): string {
  const path = findPeer(name);
  if (path === null) {
    throw new Error(`${name} not found: run "npx tsx scripts/ensure-peers.ts ${name}"`);
  }
  return path;
}
