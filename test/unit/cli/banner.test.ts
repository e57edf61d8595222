import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { bannerLines, networkAddresses } from '../../../src/cli/banner.js';
import { createColors } from '../../../src/cli/colors.js';

const plain = createColors({ stream: {}, env: {} });
const facts = {
  version: '1.2.3',
  source: 'testsrc',
  transforms: [],
  codecs: ['vp8', 'h264'],
  dataDirectory: '/data',
  url: 'http://localhost:8000/',
  host: 'localhost',
  readyMs: 412.4,
};

function external(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

describe('bannerLines', () => {
  it('tells what runs and where', () => {
    expect(bannerLines(facts, plain)).toEqual([
      '',
      '  FrameGear 1.2.3  ready in 412 ms',
      '',
      '  Source      testsrc',
      '  Transforms  none',
      '  Codecs      vp8, h264',
      '  Page files  /data',
      '',
      '  Local       http://localhost:8000/',
      '  Network     use --host to expose',
      '',
      '  press Ctrl-C to stop',
      '',
    ]);
  });

  it('names transforms', () => {
    class Blur {
      transform(): null {
        return null;
      }
    }
    const transforms = [
      'a.ts',
      Blur,
      new Blur(),
      { transform: () => null },
      function sharpen() {
        return null;
      },
      (
        () => () =>
          null
      )(),
    ];
    const lines = bannerLines({ ...facts, transforms, videoFilter: 'hflip' }, plain);
    expect(lines).toContain(
      '  Transforms  filter hflip, ./a.ts, Blur, Blur, an object, sharpen, a function',
    );
  });

  it('prints network addresses when exposed', () => {
    const lines = bannerLines({ ...facts, host: '0.0.0.0', url: 'http://localhost:9000/' }, plain);
    expect(lines).toContain('  Local       http://localhost:9000/');
    expect(lines.filter((line) => line.includes('Network'))).toEqual(
      external().map((address) => `  Network     http://${address}:9000/`),
    );
  });

  it('colours on request', () => {
    const colors = createColors({ stream: { isTTY: true }, env: {} });
    expect(bannerLines(facts, colors).join('\n')).toContain('\u001b[');
  });
});

describe('networkAddresses', () => {
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '192.168.77.5', 'box.local'])(
    'has none for %s',
    (host) => expect(networkAddresses(host)).toEqual([]),
  );

  it('has every external address for all interfaces', () => {
    expect(networkAddresses('0.0.0.0')).toEqual(external());
    expect(networkAddresses('::')).toEqual(external());
  });
});
