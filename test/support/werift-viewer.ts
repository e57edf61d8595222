import {
  RTCPeerConnection,
  RTCRtpCodecParameters,
  useAbsSendTime,
  useFIR,
  useNACK,
  useOPUS,
  usePLI,
  useSdesMid,
  useTransportWideCC,
} from 'werift';
import type { RTCDataChannel, RTCDtlsTransport, RTCRtpTransceiver, RtpPacket } from 'werift';
import type { VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import { FrameAssembler } from './rtp-frames.js';
import type { ReceivedFrame } from './rtp-frames.js';
import {
  builders,
  dtlsOf,
  rtpLabelOf,
  sayGoodbye,
  silence,
  socketsOf,
  until,
} from './werift-peer.js';
import type { RtpLabel } from './werift-peer.js';

/** How an offer becomes an answer: `PeerSession.accept` directly, or `fetch` of `/offer`. */
export type Signal = (offer: {
  type: 'offer';
  sdp: string;
}) => Promise<{ type: string; sdp: string }>;

/** A signal that posts to WebGear_RTC's route, e.g. `http://127.0.0.1:8000/offer`. */
export function postOffer(url: string): Signal {
  return async (offer) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(offer),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as { type: string; sdp: string };
  };
}

/** What a {@link WeriftViewer} offers and how it misbehaves. */
export interface WeriftViewerOptions {
  /** Codecs in the offer, in order. Default `['vp8']`. */
  codecs?: VideoCodecName[];
  /** Label of a data channel to open; none by default. */
  dataChannel?: string;
  /** Wants sound, too. Default false. */
  audio?: boolean;
  /** Offers retransmission by RTX (RFC 4588). Default true. */
  rtx?: boolean;
  /** Offers to say when packets arrive; `reportArrivals` does it, since werift's own reports are malformed. Default false. */
  arrivals?: boolean;
  /** Called for each RTP packet off the network; true loses it, and werift sends a NACK. */
  drop?: (packet: RtpLabel) => boolean;
  /** Called with each datagram off the network, before anything looks at it. */
  onDatagram?: (data: Buffer) => void;
  /** Called with every whole picture. */
  onFrame?: (frame: ReceivedFrame) => void;
  /** Changes the offer's text before it is sent. */
  editOffer?: (sdp: string) => string;
  /** How long {@link WeriftViewer.connect} waits to be connected. Default 10 000 ms. */
  timeoutMs?: number;
}

/**
 * A viewer as a browser would be one: offers a `recvonly` video with full candidates, takes the answer,
 * counts what it gets. `close()` it, or let it `vanish()`.
 */
export class WeriftViewer {
  /** Whole pictures so far. */
  frames = 0;
  /** Pictures among them that can be decoded alone. */
  keyFrames = 0;
  /** RTP packets so far, repaired ones included. */
  packets = 0;
  /** RTP payload bytes so far. */
  bytes = 0;
  /** Pieces of sound so far. */
  readonly sounds: { timestamp: number; marker: boolean; payload: Buffer }[] = [];
  /** Messages of the data channel, parsed as JSON where they are. */
  readonly messages: unknown[] = [];
  /** Milliseconds from handing over the offer to the first RTP packet; NaN before it. */
  firstPacketMs: number = Number.NaN;
  /** Milliseconds from handing over the offer to the first whole picture; NaN before it. */
  firstFrameMs: number = Number.NaN;
  /** The newest RTP packet. */
  lastPacket: RtpPacket | null = null;
  /** The answer's text. */
  answer = '';
  /** True once the other side has said goodbye (DTLS close_notify) or this side has closed. */
  ended = false;
  readonly pc: RTCPeerConnection;
  readonly #options: WeriftViewerOptions;
  readonly #transceiver: RTCRtpTransceiver;
  readonly #channel: RTCDataChannel | null;
  #assembler: FrameAssembler | null = null;
  #offeredAt = 0;

  private constructor(options: WeriftViewerOptions) {
    this.#options = options;
    const codecs = (options.codecs ?? ['vp8']).flatMap((name) => {
      const rtcpFeedback = [useNACK(), usePLI(), useFIR()];
      if (options.arrivals === true) rtcpFeedback.push({ type: 'transport-cc' });
      const codec = builders[name]({ rtcpFeedback });
      const rtx = new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90_000 });
      return options.rtx === false ? [codec] : [codec, rtx];
    });
    this.pc = new RTCPeerConnection({
      iceServers: [],
      // Else werift leaves the data channel's own sockets open for ever.
      bundlePolicy: 'max-bundle',
      codecs: { audio: options.audio ? [useOPUS()] : [], video: codecs },
      headerExtensions: {
        audio: options.audio ? [useSdesMid()] : [],
        video: [useSdesMid(), useAbsSendTime(), useTransportWideCC()],
      },
    });
    this.#transceiver = this.pc.addTransceiver('video', { direction: 'recvonly' });
    if (options.audio) this.#listen();
    this.#channel = options.dataChannel ? this.pc.createDataChannel(options.dataChannel) : null;
    this.#channel?.onMessage.subscribe((data) => {
      this.messages.push(parse(String(data)));
    });
    this.#transceiver.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => {
        this.#receive(packet);
      });
    });
    this.pc.onicecandidateerror = null;
  }

  /**
   * Offers, takes the answer and waits until the transport is up.
   *
   * @throws what `signal` throws, or when it is not connected in time; nothing is left open then.
   */
  static async connect(signal: Signal, options: WeriftViewerOptions = {}): Promise<WeriftViewer> {
    const viewer = new WeriftViewer(options);
    try {
      await viewer.#negotiate(signal);
      await until(() => viewer.connected, 'viewer to connect', options.timeoutMs ?? 10_000);
      return viewer;
    } catch (error) {
      await viewer.pc.close();
      throw error;
    }
  }

  /** True while ICE and DTLS are up. */
  get connected(): boolean {
    return this.#dtls.state === 'connected' && !this.ended;
  }

  /** True when the data channel can be written to. */
  get channelOpen(): boolean {
    return this.#channel?.readyState === 'open';
  }

  /** Packets that never came, not even after a NACK. */
  get lost(): number {
    return this.#assembler?.lost ?? 0;
  }

  /** Pictures with a hole in them. */
  get brokenFrames(): number {
    return this.#assembler?.broken ?? 0;
  }

  /** What was negotiated, e.g. `video/VP8`. */
  get mimeType(): string {
    return this.#transceiver.codecs[0]?.mimeType ?? '';
  }

  /** Resolves once `count` pictures (since the start) have come. */
  async waitForFrames(count: number, timeoutMs = 10_000): Promise<void> {
    await until(
      () => this.frames >= count,
      `${count} frames`,
      timeoutMs,
      () => this.frames,
    );
  }

  /** Resolves once `condition` holds; for anything else to wait for. */
  async waitFor(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    await until(condition, what, timeoutMs);
  }

  /** Asks for a key frame by PLI (default) or FIR. */
  async requestKeyFrame(kind: 'pli' | 'fir' = 'pli'): Promise<void> {
    const ssrc = this.lastPacket?.header.ssrc ?? 0;
    if (kind === 'pli') {
      await this.#transceiver.receiver.sendRtcpPLI(ssrc);
      return;
    }
    // RFC 5104, 4.3.1: sender, media source 0, then the target and a command number.
    const fir = Buffer.alloc(20);
    fir.writeUInt32BE(0x84_ce_00_04, 0);
    fir.writeUInt32BE(1, 4);
    fir.writeUInt32BE(ssrc, 12);
    fir.writeUInt8(1, 16);
    await this.sendRawRtcp(fir);
  }

  /** Sends any bytes as RTCP, encrypted. */
  async sendRawRtcp(packet: Buffer): Promise<void> {
    await this.#dtls.iceTransport.connection.send(this.#dtls.srtcp.encrypt(packet));
  }

  /** Sends bytes to the other side as they are, outside every protocol. */
  async sendRawDatagram(data: Buffer): Promise<void> {
    await this.#dtls.iceTransport.connection.send(data);
  }

  /** Sends JSON over the data channel. */
  sendMessage(value: unknown): void {
    this.#channel?.send(JSON.stringify(value));
  }

  /** Disappears like a killed process: sockets close, nothing is said. */
  async vanish(): Promise<void> {
    this.ended = true;
    silence(this.pc);
    await this.pc.close();
  }

  /** Leaves as a browser does: DTLS close_notify, then sockets close. Idempotent. */
  async close(): Promise<void> {
    if (!this.ended) await sayGoodbye(this.pc);
    this.ended = true;
    await this.pc.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #dtls(): RTCDtlsTransport {
    return dtlsOf(this.pc);
  }

  async #negotiate(signal: Signal): Promise<void> {
    await this.pc.setLocalDescription(await this.pc.createOffer());
    this.#watchSockets();
    const sdp = this.pc.localDescription?.sdp ?? '';
    this.#offeredAt = performance.now();
    const edited = this.#options.editOffer?.(sdp) ?? sdp;
    const answer = await signal({ type: 'offer', sdp: edited });
    this.answer = answer.sdp;
    await this.pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    this.#dtls.onStateChange.subscribe((state) => {
      if (state === 'closed') this.ended = true;
    });
  }

  #watchSockets(): void {
    const { drop = () => false, onDatagram } = this.#options;
    for (const transport of socketsOf(this.pc)) {
      const { onData } = transport;
      transport.onData = (data, address) => {
        onDatagram?.(data);
        const label = rtpLabelOf(data);
        if (label === null || !drop(label)) onData(data, address);
      };
    }
  }

  #listen(): void {
    const transceiver = this.pc.addTransceiver('audio', { direction: 'recvonly' });
    transceiver.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ header: { timestamp, marker }, payload }) => {
        this.sounds.push({ timestamp, marker, payload: Buffer.from(payload) });
      });
    });
  }

  #receive(packet: RtpPacket): void {
    if (this.packets === 0) this.firstPacketMs = performance.now() - this.#offeredAt;
    this.packets += 1;
    this.bytes += packet.payload.length;
    this.lastPacket = packet;
    this.#assembler ??= new FrameAssembler(codecOf(this.mimeType), (frame) => {
      if (this.frames === 0) this.firstFrameMs = performance.now() - this.#offeredAt;
      this.frames += 1;
      if (frame.key) this.keyFrames += 1;
      this.#options.onFrame?.(frame);
    });
    this.#assembler.push(packet);
  }
}

function codecOf(mimeType: string): VideoCodecName {
  return mimeType.split('/')[1]?.toLowerCase() as VideoCodecName;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
