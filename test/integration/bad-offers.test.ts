import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureDirectory } from '../fixtures/make.js';
import { startCommand } from '../support/cli.js';
import type { FramegearProcess } from '../support/framegear-process.js';

const head = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n';
const transport = [
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=recvonly',
  'a=rtcp-mux',
  '',
].join('\r\n');
const audioOnly = `${head}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${transport}a=rtpmap:111 opus/48000/2\r\n`;
const av1Only = `${head}m=video 9 UDP/TLS/RTP/SAVPF 45\r\n${transport}a=rtpmap:45 AV1/90000\r\n`;

const json = { 'content-type': 'application/json' };
const offer = (value: unknown): RequestInit => ({
  method: 'POST',
  headers: json,
  body: JSON.stringify(value),
});

const requests: [name: string, init: RequestInit, status: number, code: string][] = [
  ['GET', { method: 'GET' }, 405, 'method-not-allowed'],
  ['no body', { method: 'POST', headers: json }, 400, 'body-missing'],
  ['invalid JSON', { method: 'POST', headers: json, body: '{"sdp' }, 400, 'invalid-json'],
  ['an array', offer([]), 400, 'invalid-offer'],
  ['no sdp', offer({ type: 'offer' }), 400, 'invalid-offer'],
  ['a number for sdp', offer({ type: 'offer', sdp: 5 }), 400, 'invalid-offer'],
  ['garbage for sdp', offer({ type: 'offer', sdp: 'garbage' }), 400, 'invalid-sdp'],
  ['no video', offer({ type: 'offer', sdp: audioOnly }), 400, 'no-video'],
  ['no common codec', offer({ type: 'offer', sdp: av1Only }), 406, 'no-common-codec'],
  ['an answer', offer({ type: 'answer', sdp: audioOnly }), 400, 'invalid-offer'],
  ['1 MB', offer({ type: 'offer', sdp: 'x'.repeat(1_000_000) }), 413, 'body-too-large'],
  [
    'plain text',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' },
    415,
    'unsupported-media-type',
  ],
];

describe('POST /offer of the command', () => {
  let server: FramegearProcess;
  beforeAll(async () => {
    server = await startCommand(['--data-dir', fixtureDirectory()], fixtureDirectory());
  });
  afterAll(() => server.stop());

  it.each(requests)('refuses %s with a reason', async (_name, init, status, code) => {
    const response = await fetch(`${server.url}offer`, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(10);
  });

  it('keeps nothing of 2,000 bad requests: no viewer, no port, no memory', async () => {
    const send = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        const [, init, status] = requests[i % requests.length]!;
        const response = await fetch(`${server.url}offer`, init);
        await response.arrayBuffer();
        expect(response.status).toBe(status);
      }
    };
    await send(requests.length * 5);
    const before = {
      memory: await residentMiB(server.pid),
      handles: await openHandles(server.pid),
    };
    await send(2000);
    await expect
      .poll(async () => (await residentMiB(server.pid)) - before.memory, { timeout: 20_000 })
      .toBeLessThan(10);
    // Connections that were cut off in the middle of a body may still be closing.
    await expect.poll(() => openHandles(server.pid)).toBeLessThanOrEqual(before.handles);
    expect(server.output).not.toMatch(/viewer/);
  }, 60_000);
});

/** Memory of a process that is in RAM; Linux tells. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Open files and sockets of a process. */
async function openHandles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
