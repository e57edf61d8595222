import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BadLink } from '../support/bad-link.js';
import { HostilePeer } from '../support/hostile-peer.js';
import { serveSmallPictures } from '../support/small-server.js';
import { WeriftViewer } from '../support/werift-viewer.js';

const small = serveSmallPictures();
const { signal, through } = small;

function stats() {
  return [...small.server.streams.values()][0]!.stats();
}

/** Sockets and other files of this process. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Somebody who does nothing wrong, and counts what it misses. */
class Witness {
  readonly viewer: WeriftViewer;

  private constructor(viewer: WeriftViewer) {
    this.viewer = viewer;
  }

  static async join(): Promise<Witness> {
    const viewer = await WeriftViewer.connect(signal);
    await viewer.waitForFrames(5);
    return new Witness(viewer);
  }

  /** Gets so many pictures more; resolves with how many of them were key frames. */
  async see(frames: number): Promise<number> {
    const before = this.viewer.keyFrames;
    await this.viewer.waitForFrames(this.viewer.frames + frames, 20_000);
    return this.viewer.keyFrames - before;
  }

  /** What never came, and pictures with a hole. */
  get missed(): { packets: number; pictures: number } {
    return { packets: this.viewer.lost, pictures: this.viewer.brokenFrames };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.viewer.close();
  }
}

const nothing = { packets: 0, pictures: 0 };

describe('others are not touched', () => {
  it('by a viewer that does nothing but ask for key frames and packets', async () => {
    await using witness = await Witness.join();
    await using hostile = await WeriftViewer.connect(signal);
    await hostile.waitForFrames(5);
    const before = stats().renditions[0]!;
    let flooding = true;
    const flood = async (): Promise<void> => {
      while (flooding) {
        await hostile.requestKeyFrame('pli');
        await hostile.requestKeyFrame('fir');
        await hostile.sendRawRtcp(nackOf(hostile));
        await new Promise(setImmediate);
      }
    };
    const flooded = flood();
    // About six seconds: its allowance is four key frames, and another one every four seconds.
    await witness.see(180);
    flooding = false;
    await flooded;
    const after = stats().renditions[0]!;
    const encoded = after.framesEncoded - before.framesEncoded;
    const keys = after.keyFramesEncoded - before.keyFramesEncoded;
    expect(keys).toBeLessThanOrEqual(4 + Math.ceil(encoded / 120));
    expect(witness.missed).toEqual(nothing);
  });

  it('by a thousand connections that are opened and abandoned, in every state; nothing is left of them', async () => {
    await using witness = await Witness.join();
    const before = { sessions: small.server.sessions.size, files: openFiles() };
    // One whose packets are all swallowed, and one whose port is closed.
    const link = await BadLink.open();
    const swallowed = await WeriftViewer.connect(through(link));
    const gone = await WeriftViewer.connect(signal);
    await Promise.all([swallowed.waitForFrames(5), gone.waitForFrames(5)]);
    link.cut(Infinity);
    await gone.vanish();
    // As many as may be connecting at a time go as far as the handshake, and stay there.
    const halfOpen = await Promise.all(Array.from({ length: 64 }, () => HostilePeer.open(signal)));
    for (const peer of halfOpen) await peer.nominate();
    const honest = await WeriftViewer.connect(signal);
    await honest.waitForFrames(5);
    let left = 1000 - halfOpen.length;
    const abandon = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await (await HostilePeer.open(signal)).close();
      }
    };
    await Promise.all(Array.from({ length: 100 }, abandon));
    await Promise.all([honest, ...halfOpen].map((peer) => peer.close()));
    await Promise.all([swallowed.vanish(), link.close()]);
    await expect.poll(() => small.server.sessions.size, { timeout: 45_000 }).toBe(before.sessions);
    await expect.poll(openFiles, { timeout: 10_000 }).toBeLessThanOrEqual(before.files + 2);
    await witness.see(10);
    expect(witness.missed).toEqual(nothing);
  }, 90_000);
});

/** Wants the newest 17 packets again. */
function nackOf(viewer: WeriftViewer): Buffer {
  const header = viewer.lastPacket?.header;
  const nack = Buffer.alloc(16);
  nack.writeUInt32BE(0x81_cd_00_03, 0);
  nack.writeUInt32BE(1, 4);
  nack.writeUInt32BE(header?.ssrc ?? 0, 8);
  nack.writeUInt16BE(((header?.sequenceNumber ?? 0) - 16) & 0xffff, 12);
  nack.writeUInt16BE(0xffff, 14);
  return nack;
}
