import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostedPeer } from '../../../src/delivery/hosted-peer.js';
import type { ViewerEvent } from '../../../src/delivery/viewer-host.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import type { PacketizedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import type { RenditionInfo, RenditionLevel } from '../../../src/media/rendition-info.js';
import { unknownLink } from '../../../src/rtc/link-estimate.js';
import type { LinkEstimate } from '../../../src/rtc/link-estimate.js';
import type { PeerConnectionState } from '../../../src/rtc/peer-session-types.js';
import type { PeerSession } from '../../../src/rtc/peer-session.js';

function rendition(level: RenditionLevel, bitrate: number, minBitrate: number): RenditionInfo {
  return { id: `vp8/${level}`, codec: 'vp8', level, bitrate, minBitrate };
}

const full = rendition('full', 1_500_000, 600_000);
const half = rendition('half', 530_000, 212_000);

function picture(type: 'key' | 'delta', timestamp: number): PacketizedVideoChunk {
  const data = Buffer.alloc(1);
  return { chunk: new EncodedVideoChunk({ type, timestamp, data }), payloads: [data] };
}

/** What a {@link HostedPeer} uses of its session: a state and a link as the script says, and what was written. */
class ScriptedSession {
  connectionState: PeerConnectionState = 'connecting';
  link: LinkEstimate = unknownLink;
  skipped = 0;
  readonly written: number[] = [];

  write({ chunk }: PacketizedVideoChunk): void {
    this.written.push(chunk.timestamp);
  }

  skip(): void {
    this.skipped += 1;
  }

  probe(): void {
    // Nothing is to be found out.
  }
}

function host(ladder: readonly RenditionInfo[] = [full, half]): {
  session: ScriptedSession;
  peer: HostedPeer;
  told: () => string[];
} {
  const session = new ScriptedSession();
  let events: string[] = [];
  const peer = new HostedPeer(session as unknown as PeerSession, {
    ladder,
    untouched: null,
    audience: { add: () => undefined, remove: () => undefined },
    tell: (event: ViewerEvent) => {
      if (event.kind === 'keyframerequest') events.push(`${event.reason} ${event.rendition}`);
      if (event.kind === 'limit') events.push(`limit ${event.bitrate}`);
    },
  });
  const told = (): string[] => {
    const newest = events;
    events = [];
    return newest;
  };
  return { session, peer, told };
}

/** On `full`, after its first key frame. */
function connected(): ReturnType<typeof host> {
  const hosted = host();
  hosted.session.connectionState = 'connected';
  hosted.peer.write('vp8/full', picture('key', 0));
  return hosted;
}

function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('HostedPeer', () => {
  it('writes what was kept for it once it is connected', () => {
    const { session, peer } = host();
    for (const [type, at] of [
      ['delta', 1],
      ['key', 2],
      ['delta', 3],
    ] as const) {
      peer.write('vp8/full', picture(type, at));
      peer.write('vp8/half', picture('key', at + 100));
    }
    session.connectionState = 'connected';
    peer.begin();
    peer.write('vp8/full', picture('delta', 4));
    expect(session.written).toEqual([2, 3, 4]);
  });

  it('passes on a request for a key frame at most ten times a second, and forgets none', () => {
    const { peer, told } = connected();
    for (let i = 0; i < 20; i++) peer.requestKeyFrame('pli');
    expect(told()).toEqual(['pli vp8/full']);
    pass(100);
    peer.review(performance.now());
    expect(told()).toEqual(['pli vp8/full']);
    pass(100);
    peer.review(performance.now());
    expect(told()).toEqual([]);
  });

  it('puts off no request of a viewer that joins: a film begins at that', () => {
    const { peer, told } = connected();
    peer.requestKeyFrame('dropped');
    peer.requestKeyFrame('joined');
    peer.requestKeyFrame('pli');
    expect(told()).toEqual(['dropped vp8/full', 'joined vp8/full']);
  });

  it('asks for nothing during a pause, and for a key frame at its end', () => {
    const { session, peer, told } = connected();
    session.link = { ...unknownLink, bitrate: 900_000, queueMs: 900, congested: true };
    peer.review(performance.now());
    expect(session.skipped).toBe(1);
    told();
    for (let i = 0; i < 3; i++) {
      peer.requestKeyFrame('pli');
      peer.write('vp8/full', picture('key', i + 1));
      pass(250);
      peer.review(performance.now());
    }
    expect(told()).toEqual([]);
    expect(session.written).toEqual([0]);
    session.link = { ...session.link, queueMs: 0, congested: false };
    pass(250);
    peer.review(performance.now());
    expect(told()).toEqual(['dropped vp8/full']);
    peer.write('vp8/full', picture('delta', 4));
    peer.write('vp8/full', picture('key', 5));
    expect(session.written).toEqual([0, 5]);
  });

  it('tells a limit when it differs by more than a wobble', () => {
    const { session, peer, told } = connected();
    const limits = [1_000_000, 1_010_000, 990_000, 1_200_000, 5_000_000].map((bitrate) => {
      session.link = { ...unknownLink, bitrate };
      peer.review(performance.now());
      return told();
    });
    expect(limits).toEqual([['limit 850000'], [], [], ['limit 1020000'], ['limit null']]);
  });

  it('does nothing any more once its session is closed', () => {
    const { session, peer, told } = connected();
    session.connectionState = 'closed';
    peer.close();
    peer.close();
    session.link = { ...unknownLink, bitrate: 100_000 };
    peer.review(performance.now());
    peer.write('vp8/full', picture('key', 1));
    expect(told()).toEqual([]);
    expect(session.written).toEqual([0]);
  });
});
