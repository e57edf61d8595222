/**
 * Makes sure that the programs our tests play against are there: browsers, a WebRTC stack that
 * is not ours, a screen, a TURN server. Where root can run apt-get they are installed, else one line says what to install
 * and the exit code is 1, so that no test is ever skipped for want of its peer.
 *
 * `tsx scripts/ensure-peers.ts [chromium] [firefox] [aiortc] [xvfb] [espeak] [coturn]`; without names, all of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findPeer, peerNames, peerVariable } from '../test/support/peer-programs.js';
import type { PeerName } from '../test/support/peer-programs.js';

/** Debian's packages. */
const packages: Record<PeerName, string> = {
  chromium: 'chromium',
  firefox: 'firefox-esr',
  aiortc: 'python3-aiortc',
  xvfb: 'xvfb',
  espeak: 'espeak-ng',
  coturn: 'coturn',
};

/** Runs apt-get as root; false when it cannot, or failed. */
function aptGet(...args: string[]): boolean {
  if (!existsSync('/usr/bin/apt-get')) return false;
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
  const isRoot = process.getuid?.() === 0;
  // -n: fail where sudo would ask for a password.
  const [program = '', ...rest] = isRoot ? command : ['sudo', '-n', ...command];
  return spawnSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** The list of packages may be missing or old, so a first failure updates it. */
function install(names: string[]): boolean {
  const args = ['install', '-y', '--no-install-recommends', ...names];
  return aptGet(...args) || (aptGet('update') && aptGet(...args));
}

function parseNames(args: string[]): PeerName[] {
  if (args.length === 0) return peerNames;
  return args.map((arg) => {
    const name = peerNames.find((known) => known === arg);
    if (name === undefined) throw new TypeError(`${arg} is none of ${peerNames.join(', ')}`);
    return name;
  });
}

const missing = parseNames(process.argv.slice(2)).filter((name) => findPeer(name) === null);
if (missing.length > 0) {
  const debianNames = missing.map((name) => packages[name]);
  console.log(
    `The tests need ${missing.join(', ')}: trying apt-get install ${debianNames.join(' ')}`,
  );
  install(debianNames);
  const left = missing.filter((name) => findPeer(name) === null);
  if (left.length > 0) {
    const variables = left.map(peerVariable).join(', ');
    console.error(
      `The tests need ${left.join(', ')}: install ${left.map((name) => packages[name]).join(' ')} ` +
        `(Debian's names), or set ${variables} to the program.`,
    );
    process.exit(1);
  }
}
