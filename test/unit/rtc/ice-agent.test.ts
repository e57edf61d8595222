import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HmacSha1 } from '../../../src/rtc/hmac-sha1.js';
import { IceAgent } from '../../../src/rtc/ice-agent.js';
import type { PeerOffer, RemoteCandidate } from '../../../src/rtc/peer-offer.js';
import type { IceServer } from '../../../src/rtc/peer-session-types.js';
import { parseCandidate } from '../../../src/rtc/read-transport.js';
import { writeBindingResponse } from '../../../src/rtc/stun-binding.js';

const agents: IceAgent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
});

async function create(iceServers: IceServer[] = []): Promise<IceAgent> {
  const agent = await IceAgent.create({ iceServers, announcedAddresses: ['127.0.0.1'] });
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

/** Somebody else who sends to the same port as `viewer`. */
async function openStranger(viewer: IceAgent): Promise<(data: Buffer) => Promise<void>> {
  const [host, port] = viewer.path.ends?.remote ?? ['', 0];
  const isIpv6 = host.includes(':');
  const socket = createSocket(isIpv6 ? 'udp6' : 'udp4');
  socket.bind(0, isIpv6 ? '::' : '0.0.0.0');
  await once(socket, 'listening');
  onTestFinished(() => new Promise<void>((closed) => socket.close(closed)));
  return (data) =>
    new Promise((sent, failed) => {
      socket.send(Buffer.from(data), port, host, (error) => (error ? failed(error) : sent()));
    });
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

  it('learns its address from a STUN server, whose answer is not taken for the viewer', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => new Promise<void>((closed) => server.close(closed)));
    const integrity = new HmacSha1(Buffer.from('of no interest'));
    server.on('message', (request, { port }) => {
      const answer = writeBindingResponse(request, ['192.0.2.7', 4711], integrity);
      if (answer !== null) server.send(answer, port, '127.0.0.1');
    });
    const urls = `stun:127.0.0.1:${server.address().port}`;
    const agent = await create([{ urls }]);
    expect(agent.candidates).toContainEqual(expect.stringContaining('192.0.2.7 4711 typ srflx'));
    expect(agent.guard.heard).toBe(false);
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
    const send = await openStranger(viewer);
    await send(media('from a stranger'));
    await send(Buffer.from('\x16a hello of a stranger'));
    viewer.path.send(Buffer.from('\x16ours'));
    viewer.path.send(media('ours'));
    await vi.waitFor(() => expect({ heard, rest }).toEqual({ heard: ['ours'], rest: ['ours'] }));
  });

  it("answers the viewer though a stranger floods it with answers to nobody's questions", async () => {
    const { server, viewer } = await connect();
    const send = await openStranger(viewer);
    const response = Buffer.alloc(20);
    response.writeUInt16BE(0x0101, 0);
    response.writeUInt32BE(0x2112_a442, 4);
    for (let i = 0; i < 500; i++) {
      response.writeUInt32BE(i, 8);
      await send(response);
    }
    expect(await viewer.path.isAlive(500)).toBe(true);
    expect(await server.path.isAlive(500)).toBe(true);
    await vi.waitFor(() => expect(viewer.path.roundTripMs).toBeGreaterThan(0));
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
