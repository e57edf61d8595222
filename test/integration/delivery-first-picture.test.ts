import { describe, expect, it } from 'vitest';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { Delivery } from '../../src/delivery/delivery.js';
import type { HostedViewer } from '../../src/delivery/hosted-viewer.js';
import { silentLogger } from '../../src/logger.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { joinDelivery, rendition } from '../support/join-delivery.js';

const packetizer = createPacketizer('vp8');

/** Sends a viewer's host one picture of the rendition that it waits for. */
function send(session: HostedViewer, type: 'key' | 'delta'): void {
  const data = Buffer.alloc(2000);
  data[0] = type === 'key' ? 0 : 1;
  const timestamp = Math.round(performance.now() * 1000);
  const packetized = packetizer.packetize(new EncodedVideoChunk({ type, timestamp, data }));
  session.sink.write(rendition(), packetized);
}

describe('the first picture', () => {
  /** Connects a viewer; `whileJoining` runs when its path is found and its handshake begins. */
  async function join(
    whileJoining: (session: HostedViewer) => void,
  ): Promise<{ reasons: string[]; frames: boolean[] }> {
    await using delivery = new Delivery({ logger: silentLogger });
    const reasons: string[] = [];
    const frames: boolean[] = [];
    await using joined = await joinDelivery(
      delivery,
      { onFrame: ({ key }) => void frames.push(key) },
      {},
      (session) => {
        session.on('keyframerequest', (reason) => {
          reasons.push(reason);
          if (reason === 'joining') whileJoining(session);
          if (reason === 'joined') send(session, 'key');
        });
      },
    );
    await joined.viewer.waitForFrames(1);
    return { reasons, frames };
  }

  it('is the key frame that came while the handshake ran, with what followed it', async () => {
    const { reasons, frames } = await join((session) => {
      for (const type of ['delta', 'key', 'delta', 'delta'] as const) send(session, type);
    });
    expect(reasons).toEqual(['joining']);
    expect(frames[0]).toBe(true);
  });

  it('is a fresh one when none came, or too much did', async () => {
    expect(await join(() => undefined)).toMatchObject({ reasons: ['joining', 'joined'] });
    const flooded = await join((session) => {
      send(session, 'key');
      for (let count = 0; count < 20; count += 1) send(session, 'delta');
    });
    expect(flooded.reasons).toEqual(['joining', 'joined']);
    expect(flooded.frames[0]).toBe(true);
  });
});
