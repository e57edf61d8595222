import { randomUUID } from 'node:crypto';
import { RTCPeerConnection, useFIR, useNACK, useOPUS, usePLI, useREMB, useSdesMid } from 'werift';
import type { RTCDataChannel, RTCDtlsTransport, RTCRtpTransceiver, RtpPacket } from 'werift';
import { AudioDecoder } from '../../src/codec/audio-decoder.js';
import { ReceivedVideoDecoder } from '../../src/codec/received-video-decoder.js';
import { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { sendPictures, sendTone } from './client-sender.js';
import { newestSecond } from './received-media.js';
import type { ShownPicture } from './received-media.js';
import { FrameAssembler } from './rtp-frames.js';
import { builders, dtlsOf, sayGoodbye, silence, socketsOf, until } from './werift-peer.js';

type Direction = 'sendrecv' | 'sendonly' | 'recvonly';

/** Hands a body to `/webrtc/offer` and gives what it answers. */
export type PostBody = (body: object) => Promise<unknown>;

/** What a {@link RealtimeClient} offers and sends. */
export interface RealtimeClientOptions {
  /** `webrtc_id`; random by default. */
  id?: string;
  audio?: Direction;
  video?: Direction;
  /** Default `vp8`. */
  codec?: ReceivableCodecName;
  /** Label of the data channel, `null` for none. Default `text`. */
  channel?: string | null;
  /** The data channel's section stands first in the offer. Default false. */
  channelFirst?: boolean;
  /** Hz of the tone that is sent, at -12 dB. Default 440. */
  tone?: number;
  /** Pixels of the pictures sent. Default 320x240. */
  size?: { width: number; height: number };
  /** Pictures a second. Default 30. */
  fps?: number;
  /** True: pictures as a camera's. Default: left half red, right half blue. */
  moving?: boolean;
  /** Candidates are posted apart from the offer, before or after it. Default: they are in it. */
  trickle?: 'before' | 'after';
  /** Says nothing before something was heard: then only our own candidates can connect. */
  silentFirst?: boolean;
  /** Fields of the offer beside the known ones. */
  fields?: object;
  /** Whether what comes is decoded. Default true. */
  decode?: boolean;
  /** How long to wait to be connected. Default 15 000 ms. */
  timeoutMs?: number;
}

/** A client as FastRTC's browser clients are: trickles, sends camera and microphone, plays what comes. `close()` it. */
export class RealtimeClient {
  readonly id: string;
  /** Texts of the data channel. */
  readonly messages: string[] = [];
  /** Pictures that came. */
  pictures = 0;
  /** Key frames among them. */
  keyPictures = 0;
  /** The newest one. */
  lastPicture: ShownPicture | null = null;
  /** Sound packets that came. */
  soundPackets = 0;
  /** The newest second of sound. */
  sound: Int16Array = new Int16Array(0);
  /** What candidates were answered. */
  readonly candidateReplies: unknown[] = [];
  answer = '';
  /** The other side has said goodbye. */
  ended = false;
  readonly pc: RTCPeerConnection;
  readonly #options: RealtimeClientOptions;
  readonly #channel: RTCDataChannel | null;
  readonly #closers: (() => unknown)[] = [];
  readonly #audio: RTCRtpTransceiver | null;
  readonly #video: RTCRtpTransceiver | null;
  #working: Promise<unknown> = Promise.resolve();
  #heard = false;

  private constructor(options: RealtimeClientOptions) {
    this.#options = options;
    this.id = options.id ?? randomUUID();
    const video = builders[options.codec ?? 'vp8']({
      rtcpFeedback: [useNACK(), usePLI(), useFIR(), useREMB()],
    });
    this.pc = new RTCPeerConnection({
      iceServers: [],
      bundlePolicy: 'max-bundle',
      codecs: { audio: [useOPUS()], video: [video] },
      headerExtensions: { audio: [useSdesMid()], video: [useSdesMid()] },
    });
    const { audio, channel = 'text' } = options;
    this.#audio = audio ? this.pc.addTransceiver('audio', { direction: audio }) : null;
    this.#video = options.video
      ? this.pc.addTransceiver('video', { direction: options.video })
      : null;
    this.#channel = channel === null ? null : this.pc.createDataChannel(channel);
    this.#channel?.onMessage.subscribe((data) => this.messages.push(String(data)));
  }

  /**
   * Offers, and waits until the connection is up; it may have ended again by then.
   *
   * @throws with the reply in `cause` when the offer is refused, or when it is not connected in time.
   */
  static async connect(
    post: PostBody,
    options: RealtimeClientOptions = {},
  ): Promise<RealtimeClient> {
    const client = new RealtimeClient(options);
    try {
      await client.#negotiate(post);
      const settled = (): boolean => client.connected || client.ended;
      await client.waitFor(settled, 'client to connect', options.timeoutMs);
      if (!client.ended) await client.#startMedia();
      return client;
    } catch (error) {
      await client.pc.close();
      throw error;
    }
  }

  /** The offer of a client that will never connect. */
  static async offer(options: RealtimeClientOptions = {}): Promise<string> {
    const client = new RealtimeClient(options);
    await client.pc.setLocalDescription(await client.pc.createOffer());
    const sdp = client.pc.localDescription?.sdp ?? '';
    await client.pc.close();
    return sdp;
  }

  get connected(): boolean {
    return this.#dtls.state === 'connected' && !this.ended;
  }

  get channelOpen(): boolean {
    return this.#channel?.readyState === 'open';
  }

  /** Messages that are JSON, parsed. */
  get events(): { type: string; data?: unknown; message?: unknown }[] {
    return this.messages.map((text) => JSON.parse(text) as { type: string });
  }

  async waitFor(condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
    await until(condition, what, timeoutMs);
  }

  send(text: string): void {
    this.#channel?.send(text);
  }

  /** Opens one more data channel, long after the tracks. */
  openChannel(label: string): RTCDataChannel {
    const channel = this.pc.createDataChannel(label);
    channel.onMessage.subscribe((data) => this.messages.push(String(data)));
    return channel;
  }

  /** Says that the picture is lost. */
  async requestKeyFrame(): Promise<void> {
    const ssrc = this.#video?.receiver.tracks[0]?.ssrc;
    if (ssrc !== undefined) await this.#video?.receiver.sendRtcpPLI(ssrc);
  }

  /** Disappears like a killed process. */
  async vanish(): Promise<void> {
    this.ended = true;
    silence(this.pc);
    await this.#release();
  }

  /** Leaves with its goodbye. Idempotent. */
  async close(): Promise<void> {
    if (!this.ended) await sayGoodbye(this.pc);
    this.ended = true;
    await this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #dtls(): RTCDtlsTransport {
    return dtlsOf(this.pc);
  }

  async #release(): Promise<void> {
    const closers = this.#closers.splice(0);
    // Timers first, so that nothing is handed to coders that are closed.
    closers.forEach((close) => close());
    await this.#working.catch(() => undefined);
    await this.pc.close();
  }

  async #negotiate(post: PostBody): Promise<void> {
    const { trickle, fields, channelFirst = false } = this.#options;
    await this.pc.setLocalDescription(await this.pc.createOffer());
    if (this.#options.silentFirst) this.#holdTongue();
    let sdp = this.pc.localDescription?.sdp ?? '';
    const candidates = sdp.match(/(?<=^a=)candidate:.*$/gm)?.map((line) => line.trim()) ?? [];
    const fragment = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
    if (trickle) sdp = sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, '');
    if (channelFirst) sdp = dataFirst(sdp);
    const postAll = async (): Promise<void> => {
      for (const candidate of [...new Set(candidates), '']) {
        const init = { candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: fragment };
        const body = { webrtc_id: this.id, type: 'ice-candidate', candidate: init };
        this.candidateReplies.push(await post(body));
      }
    };
    if (trickle === 'before') await postAll();
    const reply = await post({ webrtc_id: this.id, type: 'offer', sdp, ...fields });
    const { sdp: answer } = reply as { sdp?: string };
    if (answer === undefined) throw new Error('the offer was refused', { cause: reply });
    this.answer = answer;
    this.#listen();
    await this.pc.setRemoteDescription({ type: 'answer', sdp: this.answer });
    if (trickle === 'after') await postAll();
    this.#dtls.onStateChange.subscribe((state) => {
      if (state === 'closed') this.ended = true;
    });
  }

  #holdTongue(): void {
    for (const transport of socketsOf(this.pc)) {
      const { onData, send } = transport;
      transport.onData = (data, address) => {
        this.#heard = true;
        onData(data, address);
      };
      transport.send = async (data, address) => {
        if (this.#heard) await send.call(transport, data, address);
      };
    }
  }

  #listen(): void {
    this.#audio?.onTrack.subscribe((track) => {
      const decoder = AudioDecoder.create({ codec: 'opus', numberOfChannels: 1 });
      this.#closers.push(() => decoder.close());
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        this.soundPackets += 1;
        if (this.#options.decode === false || decoder.closed) return;
        const timestamp = Math.round((header.timestamp * 1000) / 48);
        for (const audio of decoder.decode(new EncodedAudioChunk({ timestamp, data: payload }))) {
          this.sound = newestSecond(this.sound, audio.toInt16());
        }
      });
    });
    this.#video?.onTrack.subscribe((track) => {
      this.#working = this.#working.then(() => this.#receivePictures(track));
    });
  }

  async #receivePictures(track: {
    onReceiveRtp: { subscribe(listener: (packet: RtpPacket) => void): unknown };
  }): Promise<void> {
    const codec = this.#options.codec ?? 'vp8';
    const decoder = await ReceivedVideoDecoder.create(codec);
    this.#closers.push(() => void decoder.close());
    const assembler = new FrameAssembler(codec, ({ key, timestamp, data }) => {
      this.pictures += 1;
      if (key) this.keyPictures += 1;
      if (this.#options.decode === false || decoder.closed) return;
      const chunk = new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp, data });
      this.#working = this.#working.then(() => this.#show(decoder, chunk)).catch(() => undefined);
    });
    track.onReceiveRtp.subscribe((packet) => assembler.push(packet));
  }

  async #show(decoder: ReceivedVideoDecoder, chunk: EncodedVideoChunk): Promise<void> {
    for (const frame of await decoder.decode(chunk)) {
      const { codedWidth: width, codedHeight: height } = frame;
      this.lastPicture = { width, height, rgb: frame.toBuffer({ format: 'RGB' }) };
      frame.close();
    }
  }

  async #startMedia(): Promise<void> {
    const { audio, video, tone = 440, codec = 'vp8', fps = 30, moving = false } = this.#options;
    const { size = { width: 320, height: 240 } } = this.#options;
    if (audio && audio !== 'recvonly') this.#closers.push(sendTone(this.#audio, tone));
    if (video && video !== 'recvonly') {
      this.#closers.push(await sendPictures(this.#video, { codec, size, fps, moving }));
    }
  }
}

/** The same offer with the section of the data channel first. */
function dataFirst(sdp: string): string {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  const data = sections.filter((section) => section.startsWith('m=application'));
  const media = sections.filter((section) => !section.startsWith('m=application'));
  return [session, ...data, ...media].join('');
}
