import { describe, expect, it } from 'vitest';
import { devices } from '../../../src/cli/devices.js';
import { createTerminal } from '../../../src/cli/terminal.js';
import type { DeviceInfo } from '../../../src/source/devices.js';

const found: DeviceInfo[] = [
  {
    spec: '/dev/video0',
    name: 'Front camera',
    kind: 'camera',
    modes: [
      { width: 1280, height: 720, framerate: 30 },
      { width: 640, height: 480, framerate: 60 },
    ],
  },
  { spec: 'screen', name: 'Display :0', kind: 'screen', modes: [] },
];

async function run(list: DeviceInfo[], isTTY: boolean): Promise<{ out: string[]; err: string }> {
  const out: string[] = [];
  let err = '';
  await devices(async () => list, {
    ...createTerminal(false),
    isTTY,
    print: (line) => void out.push(line),
    printError: (text) => void (err += text),
  });
  return { out, err };
}

describe('devices', () => {
  it('prints a table on a terminal', async () => {
    expect((await run(found, true)).out).toEqual([
      'Source       Kind    Up to           Name',
      '/dev/video0  camera  1280x720 at 30  Front camera',
      'screen       screen                  Display :0',
      '',
      'Serve one with: framegear /dev/video0',
    ]);
  });

  it('prints plain lines elsewhere', async () => {
    expect((await run(found, false)).out).toEqual([
      '/dev/video0\tcamera\t1280x720 at 30\tFront camera',
      'screen\tscreen\t\tDisplay :0',
    ]);
  });

  it('helps when there is none', async () => {
    const { out, err } = await run([], true);
    expect(out).toEqual([]);
    expect(err).toContain('No cameras or screens found');
    expect(err).toContain('framegear testsrc');
  });
});
