import type { SourceOptions } from './media-source.js';

/** How FFmpeg shall open an input. */
export interface InputPlan {
  /** What FFmpeg opens. */
  url: string;
  /** FFmpeg's name of the input format; `null`: recognized. */
  format: string | null;
  /** FFmpeg's options of demuxer and protocol. */
  options: Record<string, string>;
  /** Other options, for a device that refuses the first ones, in this order. */
  alternatives?: Record<string, string>[];
  /** The source as it may be shown. */
  label: string;
  /** What kind of source it is. */
  kind: 'file' | 'network' | 'device';
  /** True when what comes is of now; `detect`: depends on what the input says of its length. */
  live: boolean | 'detect';
  /** True for inputs that wait for a sender to connect: opening takes as long as it takes. */
  listens?: boolean;
}

/** Schemes that carry a live stream as it happens. */
const liveSchemes = new Set([
  'rtsp',
  'rtsps',
  'rtmp',
  'rtmps',
  'rtmpt',
  'rtmpts',
  'srt',
  'udp',
  'rtp',
  'rist',
  'tcp',
  'tls',
]);

/** Schemes that carry files, or a live stream cut into files. */
const fileSchemes = new Set(['http', 'https', 'ftp', 'sftp', 'mmsh', 'mmst', 'gopher']);

/** Every scheme of {@link networkPlan}. */
export const networkSchemes: ReadonlySet<string> = new Set([...liveSchemes, ...fileSchemes]);

/**
 * How long FFmpeg looks into a live stream before it starts, µs, and how many bytes: its own 5 s are
 * spent mainly on measuring the frame rate. No `nobuffer`: it throws the packets of that look away,
 * and with them the first key frame, so that the picture comes later, not sooner.
 */
const liveProbe = { analyzeduration: '500000', probesize: '2000000' };

/** The plan for a URL of {@link networkSchemes}. */
export function networkPlan(
  url: string,
  label: string,
  { inputFormat, inputOptions = {} }: SourceOptions,
): InputPlan {
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase();
  const options: Record<string, string> = liveSchemes.has(scheme) ? { ...liveProbe } : {};
  if (scheme === 'rtsp' || scheme === 'rtsps') {
    // UDP loses packets and does not pass many routers; TCP works wherever the camera answers.
    options['rtsp_transport'] = 'tcp';
  }
  if (scheme === 'http' || scheme === 'https') {
    // A download that breaks off goes on where it was.
    Object.assign(options, { reconnect: '1', reconnect_delay_max: '2' });
  }
  Object.assign(options, textOptions(inputOptions));
  if (/\blisten\b/.test(options['rtsp_flags'] ?? '')) {
    // FFmpeg refuses its own default of "for ever"; this is eleven days.
    options['listen_timeout'] ??= '1000000';
  }
  return {
    url,
    format: inputFormat ?? null,
    options,
    label,
    kind: 'network',
    live: liveSchemes.has(scheme) ? true : 'detect',
    listens: waitsForSender(url, options),
  };
}

/**
 * Whether looking at an input uses its sender up: one that listens, and a bare TCP stream, whose
 * sender as a rule serves one connection.
 */
export function servesOnce({ url, listens }: InputPlan): boolean {
  return listens === true || /^(tcp|tls):/i.test(url);
}

/** The plan for a file. */
export function filePlan(
  file: string,
  label: string,
  { inputFormat, inputOptions = {} }: SourceOptions,
): InputPlan {
  return {
    // With the protocol named, a file `a:b.mp4` is no URL.
    url: `file:${file}`,
    format: inputFormat ?? null,
    options: textOptions(inputOptions),
    label,
    kind: 'file',
    live: false,
  };
}

/** A libavfilter graph as input, e.g. `testsrc2=size=640x360`. */
export function lavfiPlan(graph: string, { inputOptions = {} }: SourceOptions): InputPlan {
  return {
    url: graph,
    format: 'lavfi',
    options: textOptions(inputOptions),
    label: `lavfi:${graph}`,
    kind: 'file',
    live: false,
  };
}

/** A device of the user's own choice of FFmpeg's device formats: passed on as it is. */
export function rawDevicePlan(url: string, label: string, options: SourceOptions): InputPlan {
  const { inputFormat = null, inputOptions = {}, framerate, resolution } = options;
  const asked: Record<string, string> = {};
  if (framerate !== undefined) asked['framerate'] = String(framerate);
  if (resolution !== undefined) asked['video_size'] = resolution.join('x');
  return {
    url,
    format: inputFormat,
    options: { ...asked, ...textOptions(inputOptions) },
    label,
    kind: 'device',
    live: true,
  };
}

/** Option values as FFmpeg takes them. */
export function textOptions(options: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

function waitsForSender(url: string, options: Record<string, string>): boolean {
  return (
    options['mode'] === 'listener' ||
    /[?&]mode=listener\b|[?&]listen=?[12]?\b/.test(url) ||
    /^[12]$/.test(options['listen'] ?? '') ||
    /\blisten\b/.test(options['rtsp_flags'] ?? '')
  );
}
