import { describe, expect, it, onTestFinished } from 'vitest';
import { BadLink } from '../support/bad-link.js';
import { serveSmallPictures } from '../support/small-server.js';
import { WeriftViewer } from '../support/werift-viewer.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

const small = serveSmallPictures();

/** A viewer whose packets go through a link of its own; how many offers it took, too. */
async function watchThrough(
  conditions: Parameters<BadLink['set']>[0],
  options: WeriftViewerOptions = {},
): Promise<{ viewer: WeriftViewer; link: BadLink }> {
  const link = await BadLink.open();
  onTestFinished(() => link.close());
  link.set(conditions);
  const viewer = await WeriftViewer.connect(small.through(link), options);
  onTestFinished(() => viewer.close());
  return { viewer, link };
}

function newestSession() {
  return [...small.server.sessions].at(-1)!;
}

describe('a viewer', () => {
  it('gets its pictures in spite of 5 % loss at 40 ms round trip, by retransmissions', async () => {
    const bad = { loss: 0.05, delayMs: 20 };
    const { viewer, link } = await watchThrough({ down: bad, up: bad });
    await viewer.waitForFrames(100, 25_000);
    expect(link.down.lost).toBeGreaterThan(0);
    const { packetsRetransmitted, framesDropped } = newestSession().stats();
    // Reports and probes are among the lost, which nobody asks for again.
    expect(packetsRetransmitted).toBeGreaterThan(link.down.lost / 3);
    expect(framesDropped).toBe(0);
    // Without retransmissions each lost packet would break one.
    expect(viewer.brokenFrames).toBeLessThan(link.down.lost / 4);
  });

  it('gets whole pictures over a link that reorders and duplicates', async () => {
    const { viewer, link } = await watchThrough({
      down: { reorder: 0.1, duplicate: 0.1, jitterMs: 5 },
      up: { reorder: 0.1, duplicate: 0.1, jitterMs: 5 },
    });
    await viewer.waitForFrames(60, 20_000);
    expect(link.down.reordered).toBeGreaterThan(0);
    expect(link.down.duplicated).toBeGreaterThan(0);
    expect({ broken: viewer.brokenFrames, lost: viewer.lost }).toEqual({ broken: 0, lost: 0 });
  });

  it('that is the DTLS server connects over one that brings everything of it twice', async () => {
    const editOffer = (sdp: string): string => sdp.replace('a=setup:actpass', 'a=setup:passive');
    const { viewer } = await watchThrough({ up: { duplicate: 1 } }, { editOffer });
    await viewer.waitForFrames(5);
    expect(viewer.answer).toContain('a=setup:active');
  });

  it('goes on after an outage of 5 s, on the same connection', async () => {
    const { viewer, link } = await watchThrough({});
    await viewer.waitForFrames(10);
    const session = newestSession();
    link.cut(5000);
    const before = link.down.lost;
    await viewer.waitFor(() => link.down.lost > before, 'the outage');
    // None is on its way any more.
    const seen = viewer.frames;
    await viewer.waitForFrames(seen + 30, 20_000);
    expect(session.connectionState).toBe('connected');
    expect(newestSession()).toBe(session);
  });
});
