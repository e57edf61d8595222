import type { DeviceInfo } from '../source/devices.js';
import type { Terminal } from './terminal.js';

/**
 * `framegear devices`: what can be passed as a source, as a table on a terminal and as lines of
 * tab-separated fields (source, kind, largest picture, name) elsewhere.
 */
export async function devices(
  list: () => Promise<readonly DeviceInfo[]>,
  { colors, isTTY, print, printError }: Terminal,
): Promise<void> {
  const found = await list();
  if (found.length === 0) {
    printError(
      'No cameras or screens found. Is the camera plugged in, and may this user open it?\n' +
        'Without one: framegear testsrc, framegear film.mp4, framegear rtsp://...\n',
    );
    return;
  }
  const rows = found.map((device) => [device.spec, device.kind, largestMode(device), device.name]);
  if (!isTTY) {
    for (const row of rows) print(row.join('\t'));
    return;
  }
  const table = [['Source', 'Kind', 'Up to', 'Name'], ...rows];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  table.forEach((row, index) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    const [spec = '', ...rest] = cells;
    print(index === 0 ? colors.bold(cells.join('  ')) : [colors.cyan(spec), ...rest].join('  '));
  });
  print('');
  print(`Serve one with: ${colors.cyan(`framegear ${found[0]?.spec}`)}`);
}

/** `1280x720 at 30`, or nothing for what does not tell. */
function largestMode({ modes }: DeviceInfo): string {
  const [mode] = modes;
  return mode === undefined ? '' : `${mode.width}x${mode.height} at ${mode.framerate}`;
}
