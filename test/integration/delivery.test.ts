import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/delivery/delivery.js';
import type { HostedViewer } from '../../src/delivery/hosted-viewer.js';
import { WorkerHost } from '../../src/delivery/worker-host.js';
import { InvalidStateError, LimitExceededError } from '../../src/errors.js';
import { silentLogger } from '../../src/logger.js';
import { joinDelivery, joinUnattended, rendition } from '../support/join-delivery.js';
import type { JoinedViewer } from '../support/join-delivery.js';
import { PictureFeed } from '../support/picture-feed.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

const ladder = [rendition('full'), rendition('half'), rendition('quarter')];

function closeReason(session: HostedViewer): Promise<string> {
  return new Promise((resolve) => void session.once('close', resolve));
}

describe.each([0, 2])('with %i workers', (workers) => {
  let delivery: Delivery;
  let feed: PictureFeed;

  beforeAll(async () => {
    delivery = new Delivery({ workers, logger: silentLogger });
    feed = new PictureFeed();
    await delivery.ready();
  });
  afterAll(async () => {
    feed.close();
    await delivery.close();
  });

  const watch = (options: WeriftViewerOptions = {}): Promise<JoinedViewer> =>
    joinDelivery(delivery, options, { ladder }, (session) => feed.add(session));

  it('serves viewers where it was told to', async () => {
    await using joined = await watch();
    await vi.waitFor(() => expect(joined.session.connectionState).toBe('connected'));
    const threads = delivery.hosts.filter((host) => host instanceof WorkerHost);
    expect(threads).toHaveLength(workers);
  });

  it('sends pictures to each viewer, beginning with a key frame', async () => {
    const types: boolean[] = [];
    await using first = await watch({ onFrame: ({ key }) => void types.push(key) });
    await using second = await watch();
    await using third = await watch();
    const all = [first, second, third];
    await Promise.all(all.map(({ viewer }) => viewer.waitForFrames(20)));
    expect(types[0]).toBe(true);
    for (const { viewer, session } of all) {
      expect([viewer.brokenFrames, viewer.lost]).toEqual([0, 0]);
      expect(session).toMatchObject({ connectionState: 'connected', heard: true, codec: 'vp8' });
      expect(session.rendition).toEqual(ladder[0]);
    }
    expect(feed.held).toEqual(['vp8/full']);
  });

  it('moves a viewer at a key frame, and nobody else', async () => {
    const frames: { key: boolean; size: number }[] = [];
    await using moved = await watch({
      onFrame: (frame) => void frames.push({ ...frame, size: 0 }),
    });
    await using other = await watch();
    await Promise.all([moved, other].map(({ viewer }) => viewer.waitForFrames(10)));
    const levels: string[] = [];
    moved.session.on('rendition', ({ level }) => levels.push(level));
    for (const quality of ['low', 'medium', 'high'] as const) {
      moved.session.pin(quality);
      const keys = moved.viewer.keyFrames;
      const count = levels.length;
      await vi.waitFor(() => expect(levels.length).toBe(count + 1), 5000);
      await vi.waitFor(() => expect(moved.viewer.keyFrames).toBeGreaterThan(keys), 5000);
    }
    expect(levels).toEqual(['quarter', 'half', 'full']);
    await vi.waitFor(() => expect(feed.held).toEqual(['vp8/full']));
    expect(other.session.rendition?.level).toBe('full');
    expect([moved.viewer.brokenFrames, moved.viewer.lost]).toEqual([0, 0]);
    expect(() => moved.session.pin('best' as 'high')).toThrow(RangeError);
  });

  it('goes on with what flows when the better one is not wanted any more', async () => {
    await using joined = await watch();
    await joined.viewer.waitForFrames(5);
    const events: string[] = [];
    joined.session.on('take', ({ id }) => events.push(`+${id}`));
    joined.session.on('drop', (id) => events.push(`-${id}`));
    joined.session.pin('low');
    joined.session.pin('high');
    await vi.waitFor(() => expect(events).toEqual(['+vp8/quarter', '-vp8/quarter']));
    const { frames } = joined.viewer;
    await joined.viewer.waitForFrames(frames + 10);
    expect(joined.session.rendition?.level).toBe('full');
  });

  it('follows a ladder that changes', async () => {
    await using joined = await watch();
    await joined.viewer.waitForFrames(5);
    delivery.setLadder('live', 'vp8', [rendition('half')]);
    await vi.waitFor(() => expect(joined.session.rendition?.level).toBe('half'), 5000);
    delivery.setLadder('live', 'vp8', []);
    const { frames } = joined.viewer;
    await joined.viewer.waitForFrames(frames + 10);
  });

  it('gives a viewer the ladder that has come while its offer was answered', async () => {
    const joining = joinUnattended(delivery, {
      streamName: 'opening',
      iceServers: [{ urls: 'stun:127.0.0.1:9' }],
    });
    // Hosts take offers one after another: when these are answered, that one is on its way.
    const others = await Promise.all(delivery.hosts.map(() => joinUnattended(delivery)));
    delivery.setLadder('opening', 'vp8', ladder);
    const session = await joining;
    session.pin('low');
    await vi.waitFor(() => expect(session.wanted).toEqual(ladder[2]), 5000);
    await Promise.all([session, ...others].map((one) => one.close()));
  });

  it('carries messages both ways, to one and to all', async () => {
    await using a = await watch({ dataChannel: 'any' });
    await using b = await watch({ dataChannel: 'any' });
    const heard: unknown[] = [];
    a.session.on('message', (value) => heard.push(value));
    await vi.waitFor(() => expect(a.viewer.channelOpen && b.viewer.channelOpen).toBe(true), 5000);
    a.viewer.sendMessage({ hello: ['there', 1] });
    await vi.waitFor(() => expect(heard).toEqual([{ hello: ['there', 1] }]), 5000);
    a.session.sendMessage({ only: 'you' });
    delivery.broadcast('live', { to: 'all' });
    delivery.broadcast('another stream', { to: 'none' });
    await vi.waitFor(() => expect(b.viewer.messages).toEqual([{ to: 'all' }]), 5000);
    await vi.waitFor(() => {
      expect(a.viewer.messages).toEqual([{ only: 'you' }, { to: 'all' }]);
    }, 5000);
    expect(() => a.session.sendMessage(undefined)).toThrow(TypeError);
    expect(() => delivery.broadcast('live', () => undefined)).toThrow(TypeError);
  });

  it('tells of requests for key frames, and counts them', async () => {
    await using joined = await watch();
    await joined.viewer.waitForFrames(3);
    const reasons: string[] = [];
    joined.session.on('keyframerequest', (reason, id) => reasons.push(`${reason} ${id ?? ''}`));
    await joined.viewer.requestKeyFrame('pli');
    await vi.waitFor(() => expect(reasons).toContain('pli vp8/full'), 5000);
    await vi.waitFor(() => {
      expect(joined.session.stats()).toMatchObject({ pliCount: 1 });
      expect(joined.session.stats().framesSent).toBeGreaterThan(3);
    }, 5000);
  });

  it('sees a viewer out with a goodbye, and keeps its statistics', async () => {
    const { viewer, session } = await watch();
    await viewer.waitForFrames(3);
    const reason = closeReason(session);
    const closing = session.close('enough');
    expect(session.connectionState).toBe('closed');
    expect(await reason).toBe('enough');
    await closing;
    await viewer.waitFor(() => viewer.ended, 'goodbye');
    expect(session.stats().framesSent).toBeGreaterThan(0);
    session.sendMessage({ too: 'late' });
    session.pin('low');
    expect(session.close()).toBe(closing);
    await viewer.close();
  });

  it('notices at once when a viewer says goodbye', async () => {
    const { viewer, session } = await watch();
    const reason = closeReason(session);
    await viewer.close();
    expect(await reason).toBe('peer-closed');
    await session.close();
  });

  it('refuses what cannot be answered, with the same errors', async () => {
    const noAddress = joinUnattended(delivery, { announcedAddresses: ['here'] });
    await expect(noAddress).rejects.toBeInstanceOf(TypeError);
    const held = await joinUnattended(delivery);
    const [, port = ''] = /^a=candidate:.* (\d+) typ host/m.exec(held.answer.sdp) ?? [];
    const range = [Number(port), Number(port)] as const;
    const noPort = joinUnattended(delivery, { icePortRange: range });
    await expect(noPort).rejects.toBeInstanceOf(LimitExceededError);
    await expect(noPort).rejects.toMatchObject({ code: 'no-free-port' });
    await held.close();
    const why = new Error('changed my mind');
    const aborted = joinUnattended(delivery, { signal: AbortSignal.abort(why) });
    await expect(aborted).rejects.toBe(why);
  });

  it('gives up answering when asked to', async () => {
    const abort = new AbortController();
    const why = new Error('changed my mind');
    // A STUN server that never answers keeps the answer waiting.
    const joining = joinUnattended(delivery, {
      iceServers: [{ urls: 'stun:127.0.0.1:9' }],
      signal: abort.signal,
    });
    abort.abort(why);
    await expect(joining).rejects.toBe(why);
  });

  it('spreads viewers evenly', async () => {
    const sessions = await Promise.all([1, 2, 3, 4].map(() => joinUnattended(delivery)));
    const sinks = new Set(sessions.map(({ sink }) => sink));
    expect(sinks.size).toBe(Math.max(1, workers));
    await Promise.all(sessions.map((session) => session.close()));
  });
});

describe('Delivery', () => {
  it.each([-1, 1.5, 65, Number.NaN])('refuses %d workers', (workers) => {
    expect(() => new Delivery({ workers, logger: silentLogger })).toThrow(RangeError);
  });

  it.each([0, 2])(
    'closes its viewers, twice, and takes no more, with %i workers',
    async (workers) => {
      const delivery = new Delivery({ workers, logger: silentLogger });
      const session = await joinUnattended(delivery);
      const reason = closeReason(session);
      const answering = joinUnattended(delivery, { iceServers: [{ urls: 'stun:127.0.0.1:9' }] });
      const refused = answering.then(
        () => 'answered',
        () => 'refused',
      );
      await Promise.all([delivery.close(), delivery.close()]);
      expect(process.getActiveResourcesInfo()).not.toContain('UDPWrap');
      expect(await refused).toBe('refused');
      expect(await reason).toBe('server-closed');
      expect(delivery.closed).toBe(true);
      await expect(joinUnattended(delivery)).rejects.toBeInstanceOf(InvalidStateError);
    },
  );
});
