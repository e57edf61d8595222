import { isIP } from 'node:net';
import { receivableCodecNames } from '../../media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../media/encoded-video-chunk.js';
import type { IceServer } from '../../rtc/peer-session-types.js';

/** How the server's side of WebRTC connections is set up. */
export interface WebRtcOptions {
  /** True: sections of an offer that the stream's modality does not take are refused one by one, not the offer. Default `false`. */
  readonly allowExtraTracks?: boolean;
  /** STUN and TURN servers that this server asks. Default: none, which is all it takes where clients reach it directly. */
  readonly serverRtcConfiguration?: { readonly iceServers?: readonly IceServer[] };
  /** First and last UDP port, both included; a connection takes one per address family. Default: any. */
  readonly icePortRange?: readonly [number, number];
  /** IP addresses at which clients reach this machine beside its own, e.g. that of a NAT. Default `[]`. */
  readonly announcedAddresses?: readonly string[];
  /** How long a connection may take to come up after the answer. Default 30,000, and 10,000 while nothing is heard of the client. */
  readonly connectTimeoutMs?: number;
  /** Codecs taken and sent, the favourite first. Default `['vp8', 'h264', 'vp9']`. */
  readonly videoCodecs?: readonly ReceivableCodecName[];
  /** Most bits a second of video to a client, and from it; less where the client says it gets less through. Default 2,500,000. */
  readonly videoBitrate?: number;
}

/** What {@link WebRtcOptions.videoCodecs} is when not given: VP8 is what everybody has. */
export const defaultVideoCodecs: readonly ReceivableCodecName[] = ['vp8', 'h264', 'vp9'];
/** What {@link WebRtcOptions.videoBitrate} is when not given: good for 1280x720 at 30. */
export const defaultVideoBitrate = 2_500_000;

/** @throws {TypeError} or {RangeError} naming the option and what was got. */
export function checkWebRtcOptions(options: WebRtcOptions): void {
  const {
    announcedAddresses = [],
    connectTimeoutMs = 1,
    videoBitrate = defaultVideoBitrate,
  } = options;
  for (const address of announcedAddresses) {
    if (isIP(address) === 0) {
      throw new TypeError(`announcedAddresses: expected IP addresses, got ${String(address)}`);
    }
  }
  if (!(connectTimeoutMs > 0 && connectTimeoutMs <= 2 ** 31 - 1)) {
    throw new RangeError(`connectTimeoutMs: expected above 0, got ${connectTimeoutMs}`);
  }
  if (!Number.isInteger(videoBitrate) || videoBitrate < 100_000 || videoBitrate > 1_000_000_000) {
    throw new RangeError(
      `videoBitrate: expected an integer from 100,000 to 1,000,000,000, got ${videoBitrate}`,
    );
  }
  checkPorts(options.icePortRange);
  checkCodecs(options.videoCodecs ?? defaultVideoCodecs);
  checkServers(options.serverRtcConfiguration?.iceServers ?? []);
}

function checkPorts(range: readonly [number, number] | undefined): void {
  if (range === undefined) return;
  const [first, last] = range;
  const isPort = (port: unknown): boolean => Number.isInteger(port) && Number(port) >= 1;
  if (range.length !== 2 || !isPort(first) || !isPort(last) || first > last || last > 65_535) {
    throw new RangeError(`icePortRange: expected [first, last] port, got [${range.join(', ')}]`);
  }
}

function checkCodecs(codecs: readonly ReceivableCodecName[]): void {
  const unknown = codecs.find((codec) => !receivableCodecNames.includes(codec));
  if (codecs.length === 0 || unknown !== undefined) {
    const got = unknown === undefined ? 'none' : String(unknown);
    throw new TypeError(
      `videoCodecs: expected some of ${receivableCodecNames.join(', ')}, got ${got}`,
    );
  }
}

function checkServers(servers: readonly IceServer[]): void {
  const name = 'serverRtcConfiguration.iceServers';
  if (!Array.isArray(servers)) throw new TypeError(`${name}: expected an array`);
  for (const { urls } of servers) {
    for (const url of [urls].flat()) {
      if (typeof url !== 'string' || !/^(stun|turn)s?:./.test(url)) {
        throw new TypeError(`${name}: expected stun: or turn: addresses, got ${String(url)}`);
      }
    }
  }
}
