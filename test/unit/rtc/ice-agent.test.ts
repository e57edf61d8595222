import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { IceAgent } from '../../../src/rtc/ice-agent.js';
import type { PeerOffer, RemoteCandidate } from '../../../src/rtc/peer-offer.js';
import { parseCandidate } from '../../../src/rtc/read-transport.js';

const agents: IceAgent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
});

async function create(): Promise<IceAgent> {
  const agent = await IceAgent.create({ iceServers: [], announcedAddresses: ['127.0.0.1'] });
  agents.push(agent);
  return agent;
}

function offerOf({ credentials, candidates }: IceAgent, lite: boolean): PeerOffer['ice'] {
  const known = candidates.flatMap((line) => parseCandidate(`candidate:${line}`) ?? []);
  return { ...credentials, lite, candidates: known };
}

async function connect(): Promise<{ server: IceAgent; viewer: IceAgent }> {
  const [server, viewer] = [await create(), await create()];
  await Promise.all([
    server.connect({ ...offerOf(viewer, false), candidates: [] }),
    viewer.connect(offerOf(server, true)),
  ]);
  await vi.waitFor(() => expect(server.path.found && viewer.path.found).toBe(true));
  return { server, viewer };
}

/** What media looks like to a receiver, by its first byte. */
function media(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x80, 96]), Buffer.alloc(10), Buffer.from(text)]);
}

describe('IceAgent', () => {
  it('finds a path to a viewer of whom it knows no address', async () => {
    const { server, viewer } = await connect();
    expect(server.guard.heard).toBe(true);
    const ends = server.path.ends;
    expect(viewer.path.ends).toMatchObject({ port: ends?.remote[1] });
    const got: string[] = [];
    viewer.guard.onMedia = (data) => got.push(data.toString('latin1', 12));
    server.path.send(media('hello'));
    await vi.waitFor(() => expect(got).toEqual(['hello']));
  });

  it('counts the seconds that the path is silent, and none before there is one', async () => {
    const lonely = await create();
    expect([lonely.tick(), lonely.tick(), lonely.tick()]).toEqual([0, 0, 0]);
    const { server, viewer } = await connect();
    expect([server.tick(), server.tick(), server.tick()]).toEqual([0, 1, 2]);
    viewer.path.send(media('here I am'));
    await vi.waitFor(() => expect(server.tick()).toBe(0));
  });

  it('asks for signs of life, and measures the round trip', async () => {
    const { server, viewer } = await connect();
    expect(server.path.roundTripMs).toBeNull();
    expect(await server.path.isAlive(2000)).toBe(true);
    await vi.waitFor(() => expect(server.path.roundTripMs).toBeGreaterThan(0));
    await viewer.close();
    expect(await server.path.isAlive(100)).toBe(false);
  });

  it('lets in what comes from the viewer, and nothing of a stranger', async () => {
    const { server, viewer } = await connect();
    const heard: string[] = [];
    const rest: string[] = [];
    server.guard.onMedia = (data) => heard.push(data.toString('latin1', 12));
    server.guard.filter = (data) => {
      rest.push(data.toString('latin1', 1));
      return false;
    };
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    const port = server.path.ends?.port ?? 0;
    await Promise.all(
      [media('from a stranger'), Buffer.from('\x16a hello of a stranger')].map(
        (data) => new Promise((sent) => stranger.send(data, port, '127.0.0.1', sent)),
      ),
    );
    viewer.path.send(Buffer.from('\x16ours'));
    viewer.path.send(media('ours'));
    await vi.waitFor(() => expect({ heard, rest }).toEqual({ heard: ['ours'], rest: ['ours'] }));
    await new Promise<void>((closed) => stranger.close(closed));
  });

  it('passes over addresses that are known, of no use, or too many', async () => {
    const agent = await create();
    const add = (address: string, port: number): Promise<void> =>
      agent.addCandidate(
        parseCandidate(`candidate:1 1 udp 1 ${address} ${port} typ host`) as RemoteCandidate,
      );
    await add('192.0.2.1', 5000);
    await add('192.0.2.1', 5000);
    await add('name.local', 5000);
    expect(agent.transport.connection.remoteCandidates).toHaveLength(1);
    for (let port = 5001; port < 5100; port++) await add('192.0.2.1', port);
    expect(agent.transport.connection.remoteCandidates).toHaveLength(20);
  });

  it('closes once, ends what waits, and takes nothing afterwards', async () => {
    const { server } = await connect();
    const waiting = server.path.isAlive(10_000);
    await Promise.all([server.close(), server.close()]);
    await waiting;
    expect(server.path).toMatchObject({ found: false, ends: null, backlog: 0 });
    server.path.send(media('too late'));
    await server.connect({ ...offerOf(server, false) });
    expect(server.transport.connection.checkList).toHaveLength(0);
    expect(server.tick()).toBe(0);
  });
});
