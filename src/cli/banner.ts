import { networkInterfaces } from 'node:os';
import { showPath } from '../util/module-source.js';
import type { TransformInput } from '../config/server-options.js';
import type { Colors } from './colors.js';

/** What the banner tells. */
export interface BannerFacts {
  version: string;
  /** The source as a person would name it, without credentials. */
  source: string;
  transforms: readonly TransformInput[];
  videoFilter?: string | undefined;
  codecs: readonly string[];
  /** Where the page's files are. */
  dataDirectory: string;
  /** Address for this machine's browser. */
  url: string;
  /** Address that is listened on, as asked for. */
  host: string;
  /** Milliseconds from the start of the process until it listened. */
  readyMs: number;
}

/** The lines that tell that the server is up, where, and with what. */
export function bannerLines(facts: BannerFacts, colors: Colors): string[] {
  const row = (name: string, text: string): string => `  ${colors.dim(name.padEnd(11))} ${text}`;
  const networkUrls = networkAddresses(facts.host).map((address) => urlFor(address, facts.url));
  return [
    '',
    `  ${colors.bold(colors.green('FrameGear'))} ${facts.version}  ready in ${Math.round(facts.readyMs)} ms`,
    '',
    row('Source', facts.source),
    row('Transforms', transformNames(facts).join(', ') || 'none'),
    row('Codecs', facts.codecs.join(', ')),
    row('Page files', facts.dataDirectory),
    '',
    row('Local', colors.cyan(facts.url)),
    ...networkUrls.map((url) => row('Network', colors.cyan(url))),
    ...(isLocal(facts.host) ? [row('Network', colors.dim('use --host to expose'))] : []),
    '',
    `  ${colors.dim('press Ctrl-C to stop')}`,
    '',
  ];
}

/** IPv4 addresses other machines reach this one at, when it listens on `host`. */
export function networkAddresses(host: string): string[] {
  if (isLocal(host)) return [];
  const everywhere = host === '0.0.0.0' || host === '::';
  if (!everywhere) return [];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function urlFor(address: string, localUrl: string): string {
  const url = new URL(localUrl);
  url.hostname = address;
  return url.href;
}

function transformNames({ transforms, videoFilter }: BannerFacts): string[] {
  const names = transforms.map((transform) => {
    if (typeof transform === 'string') return showPath(transform);
    if (typeof transform === 'function') return transform.name || 'a function';
    return transform.constructor.name === 'Object' ? 'an object' : transform.constructor.name;
  });
  return videoFilter === undefined ? names : [`filter ${videoFilter}`, ...names];
}
