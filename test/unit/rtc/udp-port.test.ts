import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { LimitExceededError } from '../../../src/errors.js';
import { localAddresses } from '../../../src/rtc/local-addresses.js';
import { PacketRun } from '../../../src/rtc/packet-run.js';
import { UdpPort } from '../../../src/rtc/udp-port.js';

describe('UdpPort', () => {
  it('sends and receives', async () => {
    const [a, b] = [await UdpPort.open(4), await UdpPort.open(4)];
    const received = new Promise<string>((resolve) => {
      b.onData = (data) => {
        resolve(data.toString());
      };
    });
    await a.send(Buffer.from('hello'), ['127.0.0.1', b.address.port]);
    expect(await received).toBe('hello');
    expect(a.backlog).toBe(0);
    await Promise.all([a.close(), b.close()]);
  });

  it('stays in its range, and says when that is used up', async () => {
    const free = await UdpPort.open(4);
    const { port } = free.address;
    await free.close();
    const taken = await UdpPort.open(4, [port, port]);
    expect(taken.address.port).toBe(port);
    const second = UdpPort.open(4, [port, port]);
    await expect(second).rejects.toThrow(LimitExceededError);
    await expect(second).rejects.toMatchObject({ code: 'no-free-port' });
    const other = await UdpPort.open(4, [port, port + 20]);
    expect(other.address.port).toBeGreaterThan(port);
    await Promise.all([taken.close(), other.close()]);
    const again = await UdpPort.open(4, [port, port]);
    await again.close();
  });

  it('closes twice, and does nothing afterwards', async () => {
    const port = await UdpPort.open(4);
    await port.close();
    await port.close();
    await port.send(Buffer.from('x'), ['127.0.0.1', 9]);
    expect(port.backlog).toBe(0);
  });

  it('sends runs of packets', async () => {
    const [port, peer] = await Promise.all([UdpPort.open(4), UdpPort.open(4)]);
    const answered: string[] = [];
    peer.onData = (data) => answered.push(data.toString());
    const run = new PacketRun();
    run.begin(1);
    run.bytes.write('run', run.add(0, 3, 0));
    expect(port.sendRun(run, ['127.0.0.1', peer.address.port])).toBe(3);
    await vi.waitFor(() => expect(answered).toEqual(['run']));
    await Promise.all([port.close(), peer.close()]);
  });

  it('survives what a network does', async () => {
    const port = await UdpPort.open(4);
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const closed = socket.address().port;
    socket.close();
    await port.send(Buffer.from('x'), ['127.0.0.1', closed]);
    await port.send(Buffer.alloc(70_000), ['127.0.0.1', closed]);
    await port.send(Buffer.from('x'), ['255.255.255.255', 9]);
    await port.close();
    expect(port.closed).toBe(true);
  });
});

describe('localAddresses', () => {
  const entry = (address: string, family: 'IPv4' | 'IPv6', internal = false) => ({
    address,
    family,
    internal,
    netmask: '',
    mac: '',
    cidr: null,
    ...(family === 'IPv6' && { scopeid: 0 }),
  });
  const interfaces = {
    lo: [entry('127.0.0.1', 'IPv4', true), entry('::1', 'IPv6', true)],
    eth0: [entry('192.0.2.7', 'IPv4'), entry('fd00::7', 'IPv6'), entry('fe80::7', 'IPv6')],
  } as Parameters<typeof localAddresses>[2];

  it('puts announced addresses first, leaves out loopback and link-local ones', () => {
    expect(localAddresses(4, ['203.0.113.9', '2001:db8::9'], interfaces)).toEqual([
      '203.0.113.9',
      '192.0.2.7',
    ]);
    expect(localAddresses(6, ['2001:db8::9'], interfaces)).toEqual(['2001:db8::9', 'fd00::7']);
  });

  it('falls back to loopback on a machine without network', () => {
    expect(localAddresses(4, [], { lo: interfaces?.lo })).toEqual(['127.0.0.1']);
    expect(localAddresses(6, [], { lo: interfaces?.lo })).toEqual([]);
  });
});
