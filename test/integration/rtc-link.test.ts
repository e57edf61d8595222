import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { LinkEstimate } from '../../src/rtc/link-estimate.js';
import { PeerSession } from '../../src/rtc/peer-session.js';
import { readOffer } from '../../src/rtc/read-offer.js';
import { BadLink } from '../support/bad-link.js';
import { reportArrivals } from '../support/report-arrivals.js';
import { WeriftViewer } from '../support/werift-viewer.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

const framesPerSecond = 30;

/** A viewer behind a link, and pictures for it: 30 a second, so many bytes each. */
class Stream {
  readonly link: BadLink;
  readonly session: PeerSession;
  bytes = 0;
  readonly told: LinkEstimate[] = [];
  #number = 0;

  private constructor(link: BadLink, session: PeerSession) {
    this.link = link;
    this.session = session;
    session.on('link', (estimate) => this.told.push(estimate));
    const timer = setInterval(() => this.#write(), 1000 / framesPerSecond);
    onTestFinished(() => clearInterval(timer));
  }

  static async open(options: WeriftViewerOptions): Promise<Stream> {
    const link = await BadLink.open();
    onTestFinished(() => link.close());
    let session: PeerSession | null = null;
    const viewer = await WeriftViewer.connect(async (offer) => {
      const hidden = { ...offer, sdp: link.hideViewer(offer.sdp) };
      session = await PeerSession.accept(readOffer(hidden, { codecs: ['vp8'] }), {
        streamName: 'test',
        logger: silentLogger,
      });
      return { ...session.answer, sdp: link.answerThrough(session.answer.sdp) };
    }, options);
    const accepted = session as PeerSession | null;
    if (accepted === null) throw new Error('no session was made');
    const stopReports = options.arrivals === true ? reportArrivals(viewer) : (): void => undefined;
    onTestFinished(async () => {
      stopReports();
      await Promise.all([viewer.close(), accepted.close()]);
    });
    return new Stream(link, accepted);
  }

  set bitrate(value: number) {
    this.bytes = value / 8 / framesPerSecond;
  }

  #write(): void {
    const payloads: Buffer[] = [];
    for (let left = this.bytes; left > 0; left -= 1100) {
      const payload = Buffer.alloc(Math.min(1100, Math.ceil(left)) + 2);
      payload[0] = payloads.length === 0 ? 0x10 : 0;
      payload[1] = 1;
      payloads.push(payload);
    }
    // Key frames all: nothing waits for one.
    const chunk = new EncodedVideoChunk({
      type: 'key',
      timestamp: Math.round((this.#number++ * 1_000_000) / framesPerSecond),
      data: Buffer.alloc(1),
    });
    this.session.write({ chunk, payloads });
  }
}

const poll = { timeout: 20_000, interval: 50 };

// A machine that does much else takes long to get a stream to its bitrate.
describe('a session', { timeout: 60_000 }, () => {
  it('knows what a narrow link bears from arrival times, and by a probe that it bears more again', async () => {
    const stream = await Stream.open({ arrivals: true });
    const { session, link } = stream;
    stream.bitrate = 1_500_000;
    await expect.poll(() => session.link.sentBitrate, poll).toBeGreaterThan(1_000_000);
    expect(session.link).toMatchObject({ probing: false });
    link.set({ down: { bitrate: 600_000, queueMs: 1000 } });
    await expect.poll(() => stream.told.some(({ congested }) => congested), poll).toBe(true);
    await expect.poll(() => session.link.bitrate ?? Infinity, poll).toBeLessThan(700_000);
    expect(Math.max(...stream.told.map(({ queueMs }) => queueMs ?? 0))).toBeGreaterThan(50);

    stream.bitrate = 200_000;
    await expect.poll(() => session.link.congested, poll).toBe(false);
    link.set({});
    await expect.poll(() => session.link.queueMs, poll).toBeLessThan(30);
    await expect
      .poll(
        () => {
          session.probe(2_000_000, 150);
          return session.link.bitrate;
        },
        { ...poll, interval: 500 },
      )
      .toBeGreaterThan(1_200_000);
  });

  it('knows it from the round trip of a viewer that says neither', async () => {
    const stream = await Stream.open({});
    const { session, link } = stream;
    stream.bitrate = 1_000_000;
    await expect.poll(() => session.link.roundTripMs, poll).not.toBeNull();
    link.set({ down: { bitrate: 500_000, queueMs: 800 } });
    await expect.poll(() => stream.told.some(({ congested }) => congested), poll).toBe(true);
    await expect.poll(() => session.link.bitrate ?? Infinity, poll).toBeLessThan(900_000);
  });

  it('sends no padding to a viewer that takes none, and ends a probe when it closes', async () => {
    const stream = await Stream.open({ arrivals: true, rtx: false });
    stream.bitrate = 100_000;
    await expect.poll(() => stream.session.link.sentBitrate, poll).toBeGreaterThan(50_000);
    stream.session.probe(5_000_000, 100);
    await expect.poll(() => stream.session.link.probing, poll).toBe(false);
    expect(stream.session.link.sentBitrate).toBeLessThan(500_000);
    stream.session.probe(5_000_000, 100);
    await stream.session.close();
    stream.session.probe(5_000_000, 100);
    expect(stream.session.connectionState).toBe('closed');
  });
});
