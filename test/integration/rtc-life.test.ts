import { createSocket } from 'node:dgram';
import { describe, expect, it, vi } from 'vitest';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import { PeerSession } from '../../src/rtc/peer-session.js';
import { readOffer } from '../../src/rtc/read-offer.js';
import { silentLogger } from '../../src/logger.js';
import { bindingRequest } from '../support/binding-request.js';
import { fixtureOffer } from '../support/offers.js';
import { closeReason, connectPair } from '../support/peer-pair.js';

const options = { streamName: 'test', logger: silentLogger };

/** A session that no viewer will ever come for. */
function unattended(extra: object = {}): Promise<PeerSession> {
  const offer = readOffer(
    { type: 'offer', sdp: fixtureOffer('chromium-video') },
    { codecs: ['vp8'] },
  );
  return PeerSession.accept(offer, { ...options, ...extra });
}

/** Sockets and timers of this process. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /UDP|Timeout/.test(name));
}

const picture = {
  chunk: new EncodedVideoChunk({ type: 'key', timestamp: 0, data: Buffer.alloc(1) }),
  payloads: [Buffer.from([0x10, 0, 0, 0])],
};

describe('PeerSession', () => {
  it('answers at once, connects, and tells', async () => {
    const events: string[] = [];
    await using pair = await connectPair({}, { id: 'me' }, (session) => {
      expect(session.connectionState).toBe('connecting');
      session.on('connected', () => events.push('connected'));
    });
    await vi.waitFor(() => expect(pair.session.connectionState).toBe('connected'));
    expect(events).toEqual(['connected']);
    expect(pair.session).toMatchObject({ id: 'me', codec: 'vp8' });
  });

  it('connects a viewer that says nothing of its addresses, as behind mDNS names', async () => {
    const editOffer = (sdp: string): string =>
      sdp
        .replace(/^a=candidate:.*\r\n/gm, '')
        .concat(
          'a=candidate:1 1 udp 2113937151 376ddd30-73e8-4293-a0eb-001ec494c223.local 40968 typ host\r\n',
        )
        .concat('a=candidate:2 1 tcp 2105458943 192.0.2.9 9 typ host tcptype active\r\n')
        .concat('a=end-of-candidates\r\n');
    await using pair = await connectPair({ editOffer });
    expect(pair.viewer.connected).toBe(true);
  });

  it('connects a viewer that insists on being the DTLS server', async () => {
    await using pair = await connectPair({
      editOffer: (sdp) => sdp.replaceAll('actpass', 'passive'),
    });
    expect(pair.viewer.connected).toBe(true);
    expect(pair.session.answer.sdp).toContain('a=setup:active');
  });

  it('takes its ports from the range, one per address family', async () => {
    const range: [number, number] = [41_000, 41_400];
    await using pair = await connectPair({}, { icePortRange: range });
    const ports = [...pair.session.answer.sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+)/gm)];
    expect(ports.length).toBeGreaterThan(0);
    for (const [, port] of ports) {
      expect(Number(port)).toBeGreaterThanOrEqual(range[0]);
      expect(Number(port)).toBeLessThanOrEqual(range[1]);
    }
  });

  it('announces the addresses it is told, first', async () => {
    await using session = await unattended({ announcedAddresses: ['203.0.113.9'] });
    expect(session.answer.sdp).toMatch(/^a=candidate:41 1 udp \d+ 203\.0\.113\.9 \d+ typ host/m);
    await expect(unattended({ announcedAddresses: ['example.org'] })).rejects.toThrow(TypeError);
  });

  it('does not wait for a STUN server that is silent', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const asked = new Promise((resolve) => silent.once('message', resolve));
    const urls = `stun:127.0.0.1:${silent.address().port}`;
    await using session = await unattended({ iceServers: [{ urls }] });
    await asked;
    expect(session.answer.sdp).toContain('typ host');
    silent.close();
  });

  it('does not wait for a TURN server that is silent, and keeps nothing of it', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => {
      silent.bind(0, '127.0.0.1', resolve);
    });
    const before = resources().length;
    const urls = `turn:127.0.0.1:${silent.address().port}`;
    const session = await unattended({ iceServers: [{ urls, username: 'a', credential: 'b' }] });
    expect(session.answer.sdp).toContain('typ host');
    await session.close();
    expect(resources().length).toBeLessThanOrEqual(before);
    silent.close();
  });

  it('asks no STUN server that nobody configured', async () => {
    await using session = await unattended();
    expect(session.answer.sdp).not.toMatch(/typ (srflx|relay)/);
  });
});

describe('the end of a session', () => {
  it('comes at once when the viewer says goodbye', async () => {
    await using pair = await connectPair();
    const reason = closeReason(pair.session);
    await pair.viewer.close();
    expect(await reason).toBe('peer-closed');
    expect(pair.session.connectionState).toBe('closed');
  });

  it('comes within 10 s when the viewer vanishes', async () => {
    await using pair = await connectPair();
    const reason = closeReason(pair.session);
    await pair.viewer.vanish();
    expect(await reason).toBe('peer-lost');
  }, 15_000);

  it('does not come while a viewer is merely quiet', async () => {
    await using pair = await connectPair();
    const startedAt = performance.now();
    // No picture is sent, so nothing is reported; werift checks its consent every 5 s only.
    await vi.waitFor(() => expect(performance.now() - startedAt).toBeGreaterThan(11_000), {
      timeout: 20_000,
      interval: 500,
    });
    expect(pair.session.connectionState).toBe('connected');
  }, 25_000);

  it('comes when the connection does not', async () => {
    const session = await unattended({ connectTimeoutMs: 200 });
    expect(await closeReason(session)).toBe('connect-timeout');
  });

  it('comes sooner for a viewer of whom nothing is heard, unless it is told when', async () => {
    await using heard = await unattended();
    const socket = createSocket('udp4');
    const answered = new Promise((resolve) => socket.once('message', resolve));
    const port = Number(/^a=candidate:4\S+ 1 udp \d+ \S+ (\d+)/m.exec(heard.answer.sdp)?.[1]);
    socket.send(bindingRequest(heard.answer.sdp).bytes, port, '127.0.0.1');
    await answered;
    await using awaited = await unattended({ connectTimeoutMs: 60_000 });
    const unheard = await unattended();
    expect(await closeReason(unheard)).toBe('connect-timeout');
    expect(heard.connectionState).toBe('connecting');
    expect(awaited.connectionState).toBe('connecting');
    socket.close();
  });

  it('has its reason when it comes before the connection', async () => {
    const session = await unattended();
    const reasons: string[] = [];
    session.on('close', (reason) => reasons.push(reason));
    await session.close('enough');
    await session.close('again');
    expect(reasons).toEqual(['enough']);
    expect(session.connectionState).toBe('closed');
  });

  it('is told to the viewer when it is ours', async () => {
    await using pair = await connectPair({ dataChannel: 'x' });
    const reason = closeReason(pair.session);
    const closed = pair.session.close('enough');
    expect(await reason).toBe('enough');
    await pair.viewer.waitFor(() => pair.viewer.ended, 'the goodbye');
    await closed;
  });

  it('happens once, and nothing works afterwards', async () => {
    const pair = await connectPair();
    const { session } = pair;
    const reasons: string[] = [];
    session.on('close', (reason) => reasons.push(reason));
    await Promise.all([session.close('first'), session.close('second')]);
    await session.close('third');
    expect(reasons).toEqual(['first']);
    session.write(picture);
    session.sendMessage({});
    expect(session.stats()).toMatchObject({ packetsSent: 0, messagesSent: 0 });
    await pair.viewer.close();
  });

  it('leaves no socket, no timer and no memory', async () => {
    const before = resources().length;
    const sessions: WeakRef<PeerSession>[] = [];
    for (let i = 0; i < 6; i++) {
      const pair = await connectPair(i % 2 ? { dataChannel: 'x' } : {});
      sessions.push(new WeakRef(pair.session));
      pair.session.write(picture);
      await pair.viewer.waitForFrames(1);
      if (i % 2) await pair.viewer.close();
      await pair[Symbol.asyncDispose]();
    }
    // Within a second: werift's handshake timers run out by themselves.
    await vi.waitFor(() => expect(resources().length).toBeLessThanOrEqual(before), {
      timeout: 5000,
    });
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await vi.waitFor(
      () => {
        collect();
        const alive = sessions.filter((session) => session.deref() !== undefined);
        expect(alive.length).toBeLessThanOrEqual(1);
      },
      { timeout: 10_000, interval: 100 },
    );
  });

  it('leaves nothing after an answer that was given up', async () => {
    const before = resources().length;
    const controller = new AbortController();
    const accepting = unattended({
      signal: controller.signal,
      iceServers: [{ urls: 'stun:127.0.0.1:9' }],
    });
    controller.abort(new Error('gone'));
    await expect(accepting).rejects.toThrow('gone');
    await vi.waitFor(() => expect(resources().length).toBeLessThanOrEqual(before));
  });

  it('is not caused by listeners that throw', async () => {
    await using pair = await connectPair({}, {}, (session) => {
      session.on('connected', () => {
        throw new Error('listener');
      });
    });
    pair.session.write(picture);
    await pair.viewer.waitForFrames(1);
    expect(pair.session.connectionState).toBe('connected');
  });

  it('lets a session be closed by those who hear that it closes', async () => {
    const session = await unattended();
    let inner: Promise<void> | undefined;
    session.on('close', () => {
      inner = session.close('again');
    });
    const outer = session.close();
    expect(inner).toBe(outer);
    await outer;
  });
});
