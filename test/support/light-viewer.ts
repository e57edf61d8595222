import { randomBytes } from 'node:crypto';
import { DtlsLink } from '../../src/rtc/dtls-link.js';
import { IceAgent } from '../../src/rtc/ice-agent.js';
import { readDtls, readIce } from '../../src/rtc/read-transport.js';
import { writeReceiverReport } from '../../src/rtc/rtcp-writer.js';
import { isRtcpPacket } from '../../src/rtc/rtp-packet.js';
import { allAttributes, parseSdp } from '../../src/rtc/sdp-text.js';
import type { SdpText } from '../../src/rtc/sdp-text.js';
import type { Signal } from './werift-viewer.js';

const payloadTypes = { video: 96, rtx: 97 } as const;
/** A gap of more is a sender that began anew. */
const maxGap = 3000;
/** How often it reports, as a browser does. */
const reportMs = 1000;

/**
 * A viewer of VP8 that costs as little as one can: it connects and reports like a browser, but counts packets and pictures
 * by what their headers say in clear, and decrypts none. For crowds. `close()` it.
 */
export class LightViewer {
  /** Pictures whose last packet came. */
  frames = 0;
  /** RTP packets, without retransmissions and padding. */
  packets = 0;
  /** Retransmissions and padding. */
  rtxPackets = 0;
  /** Bytes of RTP as they came, encrypted. */
  bytes = 0;
  /** Packets missing in the sequence so far; those that come late are found again. */
  lost = 0;
  /** Milliseconds from handing over the offer to the last packet of the first picture; NaN before it. */
  firstFrameMs: number = Number.NaN;
  /** Longest time between the last packets of two pictures, in ms; set it to 0 to measure anew. */
  longestGapMs = 0;
  /** When the last packet of the newest picture came, by `performance.now()`. */
  lastFrameAt: number = Number.NaN;
  readonly #ice: IceAgent;
  readonly #link: DtlsLink;
  readonly #ssrc: number = randomBytes(4).readUInt32BE(0);
  #offeredAt = 0;
  #media: number | null = null;
  #highest = 0;
  #reporter: NodeJS.Timeout | null = null;

  private constructor(ice: IceAgent, link: DtlsLink) {
    this.#ice = ice;
    this.#link = link;
    const toLink = ice.guard.onMedia;
    ice.guard.onMedia = (data) => {
      if (isRtcpPacket(data)) toLink(data);
      else this.#count(data);
    };
  }

  /**
   * Offers, takes the answer and waits until it is connected.
   *
   * @throws what `signal` throws, or when the connection fails; nothing is left open then.
   */
  static async connect(signal: Signal): Promise<LightViewer> {
    const ice = await IceAgent.create({ iceServers: [], announcedAddresses: [] });
    try {
      const link = await DtlsLink.create(ice);
      const viewer = new LightViewer(ice, link);
      await viewer.#connect(signal);
      return viewer;
    } catch (error) {
      await ice.close();
      throw error;
    }
  }

  /** Resolves once `count` pictures have come. */
  async waitForFrames(count: number, timeoutMs = 20_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.frames < count) {
      if (performance.now() > deadline)
        throw new Error(`waited for ${count} frames, at ${this.frames}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Says goodbye and lets go of everything. */
  async close(): Promise<void> {
    if (this.#reporter !== null) clearInterval(this.#reporter);
    this.#reporter = null;
    this.#link.sayGoodbye();
    // Closing a socket throws away what it has not sent yet.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const ended = this.#link.stop();
    await this.#ice.close();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #connect(signal: Signal): Promise<void> {
    this.#offeredAt = performance.now();
    const answer = await signal({ type: 'offer', sdp: this.#offer() });
    const text = parseSdp(answer.sdp) as SdpText;
    const [section] = text.sections;
    if (section === undefined) throw new Error('an answer without sections');
    const scopes = { nearest: [section, text] };
    const remote = readIce(scopes, allAttributes(section, 'candidate'));
    // Makes this side the one that controls.
    await this.#ice.connect({ ...remote, lite: true });
    await this.#link.start({ ...readDtls(scopes), setup: 'passive' });
    let ticks = 0;
    this.#reporter = setInterval(() => {
      this.#ice.tick();
      ticks += 1;
      if (ticks % 2 === 0) this.#ice.path.probe();
      this.#report();
    }, reportMs);
  }

  #offer(): string {
    const { usernameFragment, password } = this.#ice.credentials;
    const { video, rtx } = payloadTypes;
    return [
      'v=0',
      `o=- ${this.#ssrc} 2 IN IP4 127.0.0.1`,
      's=-',
      't=0 0',
      'a=group:BUNDLE 0',
      `m=video 9 UDP/TLS/RTP/SAVPF ${video} ${rtx}`,
      'c=IN IP4 0.0.0.0',
      ...this.#ice.candidates.map((candidate) => `a=candidate:${candidate}`),
      'a=end-of-candidates',
      `a=ice-ufrag:${usernameFragment}`,
      `a=ice-pwd:${password}`,
      ...this.#link.fingerprints.map(
        ({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`,
      ),
      'a=setup:actpass',
      'a=mid:0',
      'a=recvonly',
      'a=rtcp-mux',
      'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
      'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
      'a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
      `a=rtpmap:${video} VP8/90000`,
      ...['nack', 'nack pli', 'ccm fir'].map((kind) => `a=rtcp-fb:${video} ${kind}`),
      `a=rtpmap:${rtx} rtx/90000`,
      `a=fmtp:${rtx} apt=${video}`,
      '',
    ].join('\r\n');
  }

  #count(packet: Buffer): void {
    const second = packet[1] as number;
    if ((second & 0x7f) !== payloadTypes.video) {
      this.rtxPackets += 1;
      return;
    }
    this.packets += 1;
    this.bytes += packet.length;
    this.#follow(packet);
    if ((second & 0x80) === 0) return;
    const now = performance.now();
    if (this.frames === 0) this.firstFrameMs = now - this.#offeredAt;
    else this.longestGapMs = Math.max(this.longestGapMs, now - this.lastFrameAt);
    this.lastFrameAt = now;
    this.frames += 1;
  }

  /** Counts gaps in the sequence numbers. */
  #follow(packet: Buffer): void {
    const number = packet.readUInt16BE(2);
    if (this.#media === null) {
      this.#media = packet.readUInt32BE(8);
      this.#highest = number;
      return;
    }
    const ahead = (number - this.#highest) & 0xffff;
    if (ahead > 0 && ahead < 0x8000) {
      if (ahead < maxGap) this.lost += ahead - 1;
      this.#highest += ahead;
    } else if (ahead !== 0 && this.lost > 0) this.lost -= 1;
  }

  #report(): void {
    if (this.#media === null) return;
    const block = {
      ssrc: this.#media,
      fractionLost: 0,
      packetsLost: this.lost,
      highest: this.#highest,
      jitter: 0,
      lastReport: 0,
      sinceLastReport: 0,
    };
    this.#link.sendRtcp(writeReceiverReport({ ssrc: this.#ssrc, cname: 'light' }, [block]));
  }
}
