import type { Terminal } from './terminal.js';

/** A camera or screen that can be served. */
export interface ListedDevice {
  /** What to pass as the source. */
  spec: string;
  /** What a person calls it. */
  name: string;
  /** What it is. */
  kind: string;
}

/**
 * `framegear devices`: what can be passed as a source, as a table on a terminal and as lines of
 * tab-separated fields (spec, kind, name) elsewhere.
 */
export async function devices(
  list: () => Promise<readonly ListedDevice[]>,
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
  if (!isTTY) {
    for (const { spec, kind, name } of found) print([spec, kind, name].join('\t'));
    return;
  }
  const width = (key: 'spec' | 'kind', heading: string): number =>
    Math.max(heading.length, ...found.map((device) => device[key].length));
  const [specWidth, kindWidth] = [width('spec', 'Source'), width('kind', 'Kind')];
  print(colors.bold(`${'Source'.padEnd(specWidth)}  ${'Kind'.padEnd(kindWidth)}  Name`));
  for (const { spec, kind, name } of found) {
    print(`${colors.cyan(spec.padEnd(specWidth))}  ${kind.padEnd(kindWidth)}  ${name}`);
  }
  print('');
  print(`Serve one with: ${colors.cyan(`framegear ${found[0]?.spec}`)}`);
}
