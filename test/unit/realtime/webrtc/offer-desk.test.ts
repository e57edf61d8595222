import { describe, expect, it } from 'vitest';
import { InvalidStateError, LimitExceededError, NegotiationError } from '../../../../src/errors.js';
import { silentLogger } from '../../../../src/logger.js';
import type { AnsweredLink, LinkRequest } from '../../../../src/realtime/webrtc/answered-link.js';
import { OfferDesk } from '../../../../src/realtime/webrtc/offer-desk.js';
import { FakeOfferPort } from '../../../support/fake-offer-port.js';

const host = 'candidate:1 1 udp 2122260223 127.0.0.1 5000 typ host';
const answer = { type: 'answer', sdp: 'v=0\r\n' } as const;

/** A link that does nothing but remember. */
class FakeLink implements AnsweredLink {
  readonly name = 'webrtc' as const;
  readonly takesMessages = true;
  readonly audioLeadMs = 0;
  readonly answer = answer;
  readonly remoteUsernameFragment: string;
  readonly candidates: (string | null)[] = [];
  joined = 0;
  closedFor: string | null = null;

  constructor(remoteUsernameFragment: string) {
    this.remoteUsernameFragment = remoteUsernameFragment;
  }

  addCandidate({ line }: { line: string | null }): void {
    this.candidates.push(line);
  }
  join(): void {
    this.joined += 1;
  }
  send(): void {}
  playAudio(): void {}
  clearAudio(): void {}
  showVideo(): Promise<void> {
    return Promise.resolve();
  }
  isAlive(): Promise<boolean> {
    return Promise.resolve(true);
  }
  close(reason: string): Promise<void> {
    this.closedFor = reason;
    return Promise.resolve();
  }
}

function open(
  port = new FakeOfferPort(),
  make: (request: LinkRequest) => Promise<void> | void = () => undefined,
) {
  const links: FakeLink[] = [];
  const logged: object[] = [];
  const logger = { ...silentLogger, error: (fields: unknown) => logged.push(fields as object) };
  logger.child = () => logger;
  const desk = new OfferDesk({
    port,
    logger,
    makeLink: async (request) => {
      await make(request);
      const link = new FakeLink(request.sdp ?? '');
      links.push(link);
      return link;
    },
  });
  const post = async (body: unknown, signal?: AbortSignal): Promise<unknown> =>
    (await desk.handle(body, { headers: { host: 'x' }, ...(signal && { signal }) })).body;
  const offer = (id: string, more: object = {}): Promise<unknown> =>
    post({ webrtc_id: id, type: 'offer', sdp: 'mine', ...more });
  const trickle = (id: string, candidate: unknown): Promise<unknown> =>
    post({ webrtc_id: id, type: 'ice-candidate', candidate });
  return { desk, port, links, logged, post, offer, trickle };
}

const failed = (error: string, more: object = {}): object => ({
  status: 'failed',
  meta: { error, ...more },
});
const success = { status: 'success' };

describe('OfferDesk with offers', () => {
  it('answers with sdp and type and nothing else', async () => {
    const { desk, port, links } = open();
    const body = { webrtc_id: 'a', type: 'offer', sdp: 'v=0', room: 'x', candidate: null };
    const reply = await desk.handle(body, { headers: { cookie: 'c' } });
    expect(reply).toEqual({ status: 200, body: answer });
    expect(port.requests).toEqual([
      { id: 'a', transport: 'webrtc', headers: { cookie: 'c' }, fields: { room: 'x' } },
    ]);
    expect(links[0]?.joined).toBe(1);
    expect(port.reserved).toBe(0);
  });

  it('refuses a body of the wrong shape with 422', async () => {
    const { desk, port } = open();
    const reply = await desk.handle({ type: 'offer' }, { headers: {} });
    expect(reply).toMatchObject({ status: 422, body: { detail: [{ type: 'missing' }] } });
    expect(port.requests).toEqual([]);
  });

  it('says that an id exists before it says that the limit is reached', async () => {
    const { offer } = open();
    await offer('a');
    expect(await offer('a')).toEqual(failed('connection_already_exists'));
    expect(await offer('b')).toEqual(failed('concurrency_limit_reached', { limit: 1 }));
  });

  it('keeps no place for an offer that cannot be taken', async () => {
    let fail = true;
    const { offer, port } = open(new FakeOfferPort(), () => {
      if (fail)
        throw new NegotiationError('sdp: it is no session description', { code: 'invalid-sdp' });
    });
    for (let i = 0; i < 100; i++) {
      expect(await offer(`bad${i}`)).toEqual(
        failed('invalid_offer', { message: 'sdp: it is no session description' }),
      );
    }
    expect(port.reserved).toBe(0);
    fail = false;
    expect(await offer('good')).toEqual(answer);
  });

  it.each([
    ['wrong-type', 'invalid_offer'],
    ['missing-sdp', 'invalid_offer'],
    ['too-large', 'invalid_offer'],
    ['unsupported-track', 'unsupported_track'],
    ['no-common-codec', 'no_common_codec'],
  ])('calls %s %s', async (code, error) => {
    const { offer } = open(new FakeOfferPort(), () => {
      throw new NegotiationError('why', { code });
    });
    expect(await offer('a')).toEqual(failed(error, { message: 'why' }));
  });

  it('logs its own faults and answers all the same', async () => {
    const { offer, logged, port } = open(new FakeOfferPort(), () => {
      throw new Error('bug');
    });
    expect(await offer('a')).toEqual(
      failed('internal_error', { message: 'The server could not answer; its log says why.' }),
    );
    expect(logged).toMatchObject([{ err: { message: 'bug' } }]);
    expect(port.reserved).toBe(0);
  });

  it('says when no port is free', async () => {
    const { offer } = open(new FakeOfferPort(), () => {
      throw new LimitExceededError('ports are used up', { code: 'no-free-port' });
    });
    expect(await offer('a')).toEqual(failed('no_free_port', { message: 'ports are used up' }));
  });

  it.each(['reserve', 'attach'] as const)(
    'closes the link when the stream closes at %s',
    async (at) => {
      const { offer, port, links } = open();
      port.failure = { at, error: new InvalidStateError('closed') };
      expect(await offer('a')).toMatchObject(failed('stream_closed', {}));
      expect(links.map(({ closedFor }) => closedFor)).toEqual(at === 'attach' ? ['refused'] : []);
      expect(port.reserved).toBe(0);
    },
  );

  it('lets go of everything when the client hangs up', async () => {
    const hungUp = new AbortController();
    const { post, port, links, logged } = open(new FakeOfferPort(), () => hungUp.abort());
    await post({ webrtc_id: 'a', type: 'offer', sdp: 'v=0' }, hungUp.signal);
    expect(links[0]?.closedFor).toBe('refused');
    expect(port.connections.size + port.reserved).toBe(0);
    expect(logged).toEqual([]);
  });
});

describe('OfferDesk with candidates', () => {
  it('hands them to the connection', async () => {
    const { offer, trickle, links } = open();
    await offer('a');
    expect(await trickle('a', { candidate: host, sdpMid: '0' })).toEqual(success);
    expect(await trickle('a', { candidate: '' })).toEqual(success);
    expect(await trickle('a', null)).toEqual(success);
    expect(links[0]?.candidates).toEqual([host, null, null]);
  });

  it('creates nothing, and keeps what it is given for the offer to come', async () => {
    const { offer, trickle, links, port } = open();
    const candidate = { candidate: host, sdpMLineIndex: 0, usernameFragment: 'mine' };
    expect(await trickle('a', candidate)).toEqual(failed('unknown_connection'));
    expect(await trickle('a', { ...candidate, usernameFragment: 'other' })).toEqual(
      failed('unknown_connection'),
    );
    expect(await trickle('a', { candidate: 'nonsense' })).toEqual(failed('unknown_connection'));
    expect(port.requests).toEqual([]);
    await offer('a');
    expect(links[0]?.candidates).toEqual([host]);
  });

  it('takes them while the offer is being answered', async () => {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const { offer, trickle, links } = open(new FakeOfferPort(), () => gate);
    const answering = offer('a');
    expect(await trickle('a', { candidate: host, sdpMid: '0' })).toEqual(success);
    expect(await trickle('a', { candidate: 'x', sdpMid: '0' })).toEqual(
      failed('invalid_candidate_format'),
    );
    goOn();
    expect(await answering).toEqual(answer);
    expect(links[0]?.candidates).toEqual([host]);
  });

  it('names what is wrong with them', async () => {
    const { offer, trickle } = open();
    await offer('a');
    expect(await trickle('a', { candidate: 'candidate:1 1 udp', sdpMid: '0' })).toEqual(
      failed('invalid_candidate_format'),
    );
    expect(await trickle('a', { candidate: host })).toEqual(
      failed('Candidate must have either sdpMid or sdpMLineIndex'),
    );
  });

  it('tells a connection that has ended from one that never was, and lets the id come again', async () => {
    const { offer, trickle, port, links } = open();
    await offer('a');
    await port.find('a')?.close('peer-closed');
    const candidate = { candidate: host, sdpMid: '0' };
    expect(await trickle('a', candidate)).toEqual(failed('connection_closed'));
    expect(await offer('a')).toEqual(answer);
    expect(links[1]?.candidates).toEqual([host]);
    expect(links[0]?.candidates).toEqual([]);
  });

  it('keeps those of a next life of the client from the one that is ending', async () => {
    const { offer, trickle, port, links } = open();
    await offer('a');
    const next = { candidate: host, sdpMid: '0', usernameFragment: 'next' };
    expect(await trickle('a', next)).toEqual(success);
    expect(links[0]?.candidates).toEqual([]);
    await port.find('a')?.close('peer-lost');
    await offer('a', { sdp: 'next' });
    expect(links[1]?.candidates).toEqual([host]);
  });
});
