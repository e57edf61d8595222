import { randomUUID } from 'node:crypto';
import {
  RTCPeerConnection,
  RtpHeader,
  RtpPacket,
  useFIR,
  useNACK,
  useOPUS,
  usePLI,
  useREMB,
  useSdesMid,
} from 'werift';
import type { RTCDataChannel, RTCDtlsTransport, RTCRtpTransceiver } from 'werift';
import { AudioDecoder } from '../../src/codec/audio-decoder.js';
import { AudioEncoder } from '../../src/codec/audio-encoder.js';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { ReceivedVideoDecoder } from '../../src/codec/received-video-decoder.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { AudioData } from '../../src/media/audio-data.js';
import { EncodedAudioChunk } from '../../src/media/encoded-audio-chunk.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { MovingPictures } from './moving-pictures.js';
import { FrameAssembler } from './rtp-frames.js';
import { builders, sendCloseNotify } from './werift-viewer.js';

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

/** Samples a second of the sound sent and kept. */
const soundRate = 48_000;

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
  lastPicture: { width: number; height: number; rgb: Buffer } | null = null;
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
  #keyFrame = true;
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
    const deadline = performance.now() + timeoutMs;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
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
    for (const { transport } of this.#protocols) transport.send = () => Promise.resolve();
    await this.#release();
  }

  /** Leaves with its goodbye. Idempotent. */
  async close(): Promise<void> {
    if (!this.ended && this.#dtls.state === 'connected') {
      await sendCloseNotify(this.#dtls);
      // Closing a socket throws away what it has not sent yet.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.ended = true;
    await this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #dtls(): RTCDtlsTransport {
    return this.pc.dtlsTransports[0] as RTCDtlsTransport;
  }

  get #protocols(): { transport: UdpLike }[] {
    const connection: unknown = this.#dtls.iceTransport.connection;
    return (connection as { protocols: { transport: UdpLike }[] }).protocols;
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
    for (const { transport } of this.#protocols) {
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
          this.sound = joined(this.sound, audio.toInt16());
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
    if (this.#options.audio && this.#options.audio !== 'recvonly') this.#startSound();
    if (this.#options.video && this.#options.video !== 'recvonly') await this.#startPictures();
  }

  #startSound(): void {
    const encoder = AudioEncoder.create({
      codec: 'opus',
      sampleRate: soundRate,
      numberOfChannels: 1,
    });
    const begun = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      for (; sent * 20 < performance.now() - begun; sent += 1) {
        const data = toneSamples(this.#options.tone ?? 440, sent * 960, 960);
        const audio = AudioData.from(data, { sampleRate: soundRate, timestamp: sent * 20_000 });
        for (const chunk of encoder.encode(audio)) {
          this.#send(this.#audio, chunk.data, sent, sent * 960, sent === 0);
        }
      }
    }, 10);
    this.#closers.push(() => clearInterval(timer));
    this.#closers.push(() => encoder.close());
  }

  async #startPictures(): Promise<void> {
    const { codec = 'vp8', size = { width: 320, height: 240 }, fps = 30 } = this.#options;
    const encoder = await VideoEncoder.create({
      codec,
      ...size,
      bitrate: 1_500_000,
      framerate: fps,
      hardwareAcceleration: 'no-preference',
    });
    this.#closers.push(() => void encoder.close());
    this.#video?.sender.onPictureLossIndication.subscribe(() => (this.#keyFrame = true));
    const packetizer = createPacketizer(codec);
    const picture = this.#options.moving ? movingPictures(size) : redAndBlue(size);
    const begun = performance.now();
    let count = 0;
    let sequence = 0;
    let busy = false;
    const timer = setInterval(() => {
      if (busy || (count * 1000) / fps > performance.now() - begun) return;
      busy = true;
      const timestamp = Math.round((count * 1_000_000) / fps);
      const { width: codedWidth, height: codedHeight } = size;
      const init = { format: 'RGB', codedWidth, codedHeight, timestamp } as const;
      const frame = VideoFrame.fromBuffer(picture(count), init);
      count += 1;
      const keyFrame = this.#keyFrame;
      this.#keyFrame = false;
      const sending = encoder.encode(frame, { keyFrame }).then((chunks) => {
        for (const { payloads } of chunks.map((chunk) => packetizer.packetize(chunk))) {
          payloads.forEach((payload, index) => {
            const marker = index === payloads.length - 1;
            this.#send(this.#video, payload, sequence++, Math.round(timestamp * 0.09), marker);
          });
        }
      });
      void sending
        .catch(() => undefined)
        .finally(() => {
          frame.close();
          busy = false;
        });
    }, 5);
    this.#closers.push(() => clearInterval(timer));
  }

  #send(
    transceiver: RTCRtpTransceiver | null,
    payload: Buffer,
    sequence: number,
    timestamp: number,
    marker: boolean,
  ): void {
    const header = new RtpHeader({
      sequenceNumber: sequence & 0xffff,
      timestamp: timestamp >>> 0,
      marker,
    });
    void transceiver?.sender.sendRtp(new RtpPacket(header, payload)).catch(() => undefined);
  }
}

interface UdpLike {
  onData: (data: Buffer, address: readonly [string, number]) => void;
  send: (data: Buffer, address?: readonly [string, number]) => Promise<void>;
}

/** A sine of a quarter of full scale. */
function toneSamples(frequency: number, from: number, count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, i) =>
    Math.round(8192 * Math.sin((2 * Math.PI * frequency * (from + i)) / soundRate)),
  );
}

/** How loud `frequency` is in the sound, as the amplitude of its sine. */
export function loudnessAt(samples: Int16Array, frequency: number): number {
  let real = 0;
  let imaginary = 0;
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * frequency * i) / soundRate;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

/** Mean colour of a part of a picture; `x` and `y` from 0 to 1. */
export function colorAt(
  picture: { width: number; height: number; rgb: Buffer },
  x: number,
  y: number,
): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  const left = Math.round(x * picture.width) - 2;
  const top = Math.round(y * picture.height) - 2;
  for (let row = top; row < top + 4; row += 1) {
    for (let column = left; column < left + 4; column += 1) {
      const at = (row * picture.width + column) * 3;
      for (const channel of [0, 1, 2] as const) sum[channel] += picture.rgb[at + channel] ?? 0;
    }
  }
  return sum.map((value) => Math.round(value / 16)) as [number, number, number];
}

function redAndBlue({ width, height }: { width: number; height: number }): () => Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i += 1) pixels[i * 3 + (i % width < width / 2 ? 0 : 2)] = 220;
  return () => pixels;
}

/** A second of them, forth and back. */
function movingPictures({
  width,
  height,
}: {
  width: number;
  height: number;
}): (index: number) => Buffer {
  const source = new MovingPictures(width, height);
  const made = Array.from({ length: 30 }, (_, index) => source.rgb(index));
  return (index) => made[Math.abs(((index + 29) % 58) - 29)] as Buffer;
}

function joined(before: Int16Array, more: Int16Array): Int16Array {
  const kept = before.subarray(Math.max(0, before.length + more.length - soundRate));
  const sound = new Int16Array(kept.length + more.length);
  sound.set(kept);
  sound.set(more, kept.length);
  return sound;
}

/** The same offer with the section of the data channel first. */
function dataFirst(sdp: string): string {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  const data = sections.filter((section) => section.startsWith('m=application'));
  const media = sections.filter((section) => !section.startsWith('m=application'));
  return [session, ...data, ...media].join('');
}
