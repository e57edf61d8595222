import { describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/delivery/delivery.js';
import type { HostedViewer } from '../../src/delivery/hosted-viewer.js';
import { silentLogger } from '../../src/logger.js';
import { deliveryOffer, joinDelivery, joinUnattended } from '../support/join-delivery.js';
import { LightViewer } from '../support/light-viewer.js';
import { PictureFeed } from '../support/picture-feed.js';

describe.each([0, 2])('a crowd, with %i workers', (workers) => {
  it('is let in, all of it, while those who watch miss nothing', async () => {
    await using delivery = new Delivery({ workers, logger: silentLogger });
    await delivery.ready();
    using feed = new PictureFeed();
    const add = (session: HostedViewer): void => feed.add(session);
    await using watching = await joinDelivery(delivery, {}, {}, add);
    await watching.viewer.waitForFrames(5);
    const signal = deliveryOffer(delivery, add);
    const crowd = await Promise.all(Array.from({ length: 50 }, () => LightViewer.connect(signal)));
    await Promise.all(crowd.map((viewer) => viewer.waitForFrames(1)));
    const { frames } = watching.viewer;
    await watching.viewer.waitForFrames(frames + 5);
    expect([watching.viewer.lost, watching.viewer.brokenFrames]).toEqual([0, 0]);
    expect(watching.session.stats().framesDropped).toBe(0);
    await Promise.all(crowd.map((viewer) => viewer.close()));
  }, 60_000);

  it('that never comes gives way to those who do', async () => {
    await using delivery = new Delivery({ workers, logger: silentLogger });
    await delivery.ready();
    const reasons: string[] = [];
    const abandoned = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const session = await joinUnattended(delivery);
        session.once('close', (reason) => reasons.push(reason));
        return session;
      }),
    );
    const joined = await Promise.all([1, 2, 3].map(() => joinDelivery(delivery)));
    // Some had to go, and none of the others has reached its time limit.
    const gone = [...reasons];
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.length).toBeLessThanOrEqual(3);
    expect(new Set(gone)).toEqual(new Set(['gave-way']));
    for (const { session } of joined) {
      await vi.waitFor(() => expect(session.connectionState).toBe('connected'));
    }
    await Promise.all(joined.map((one) => one[Symbol.asyncDispose]()));
    await Promise.all(abandoned.map((session) => session.close()));
  }, 60_000);

  it('makes nobody give way who was answered just now, however long that took', async () => {
    await using delivery = new Delivery({ workers, logger: silentLogger });
    await delivery.ready();
    // A STUN server that never answers keeps the first one's answer waiting.
    const slow = joinUnattended(delivery, { iceServers: [{ urls: 'stun:127.0.0.1:9' }] });
    const crowd = await Promise.all(Array.from({ length: 63 }, () => joinUnattended(delivery)));
    const late = await slow;
    const reasons: string[] = [];
    for (const session of crowd) session.once('close', (reason) => reasons.push(reason));
    const next = await joinUnattended(delivery);
    expect(late.connectionState).toBe('connecting');
    expect(reasons).toEqual(['gave-way']);
    await Promise.all([...crowd, late, next].map((session) => session.close()));
  }, 60_000);
});
