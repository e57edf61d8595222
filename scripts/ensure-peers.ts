/**
 * Makes sure that the programs our tests play against are there: browsers, and a WebRTC stack that
 * is not ours. Where root can run apt-get they are installed, else one line says what to install
 * and the exit code is 1, so that no test is ever skipped for want of its peer.
 *
 * `tsx scripts/ensure-peers.ts [chromium] [firefox] [aiortc]`; without names, all of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Peer {
  /** Debian's package. */
  package: string;
  /** What to install on another system, or how to point to it. */
  hint: string;
  found: () => boolean;
}

const peers: Record<string, Peer> = {
  chromium: {
    package: 'chromium',
    hint: 'Chromium (or CHROMIUM_PATH)',
    found: () => existsSync(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'),
  },
  firefox: {
    package: 'firefox-esr',
    hint: 'Firefox (or FIREFOX_PATH)',
    found: () => existsSync(process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr'),
  },
  aiortc: {
    package: 'python3-aiortc',
    hint: 'aiortc for python3',
    found: () =>
      succeeds(process.env['AIORTC_PYTHON'] ?? '/usr/bin/python3', ['-c', 'import aiortc']),
  },
};

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Runs apt-get as root; false when it cannot, or failed. */
function aptGet(args: string[]): boolean {
  if (!existsSync('/usr/bin/apt-get')) return false;
  const root = process.getuid?.() === 0;
  if (!root && !succeeds('sudo', ['-n', 'true'])) return false;
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
  const [program = '', ...rest] = root ? command : ['sudo', '-n', ...command];
  return spawnSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** The list of packages may be missing or old, so a first failure updates it. */
function install(packages: string[]): boolean {
  console.log(`Tests need ${packages.join(', ')}: installing with apt-get.`);
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  return aptGet(args) || (aptGet(['update']) && aptGet(args));
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(peers);
const wanted = names.map((name) => {
  const peer = peers[name];
  if (!peer) throw new TypeError(`${name} is none of ${Object.keys(peers).join(', ')}`);
  return peer;
});
let missing = wanted.filter((peer) => !peer.found());
if (missing.length > 0 && install(missing.map((peer) => peer.package))) {
  missing = missing.filter((peer) => !peer.found());
}
if (missing.length > 0) {
  console.error(
    `Tests need ${missing.map((peer) => peer.hint).join(', ')}. ` +
      `On Debian or Ubuntu: sudo apt-get install ${missing.map((peer) => peer.package).join(' ')}`,
  );
  process.exit(1);
}
