import {
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
  useAbsSendTime,
  useNACK,
  useOPUS,
  usePLI,
  useREMB,
  useSdesMid,
} from 'werift';
import type { RTCDataChannel, RTCDtlsTransport, RTCRtpTransceiver } from 'werift';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { silentLogger } from '../../src/logger.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import type { MediaPeerOptions, MediaWishes } from '../../src/rtc/media-peer-types.js';
import { MediaPeer } from '../../src/rtc/media-peer.js';
import { readMediaOffer } from '../../src/rtc/read-media-offer.js';
import { writeBandwidth } from '../../src/rtc/rtcp-writer.js';
import { bitstream } from './bitstreams.js';
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

type Direction = 'sendrecv' | 'sendonly' | 'recvonly';

/** What a {@link MediaCaller} offers and how it misbehaves. */
export interface MediaCallerOptions {
  audio?: Direction;
  video?: Direction;
  /** Default `vp8`. */
  codec?: ReceivableCodecName;
  /** Label of a data channel; none by default. */
  channel?: string;
  /** The data channel's section comes first. Default false. */
  channelFirst?: boolean;
  /** Offers retransmission by RTX. Default true. */
  rtx?: boolean;
  /** Called for each RTP packet about to leave; true loses it. */
  drop?: (packet: RtpLabel) => boolean;
  /** Changes the offer's text before it is answered. */
  editOffer?: (sdp: string) => string;
  /** Changes the answer's text before it is taken. */
  editAnswer?: (sdp: string) => string;
  /** Called with the peer as soon as it has answered. */
  onPeer?: (peer: MediaPeer, caller: MediaCaller) => void;
}

/** No byte of a number is 0, which would be a start code in H.264. */
const firstNumber = 0x51_51_51_51;

const both = { send: true, receive: true };

/** A client that sends and gets pictures and sound, over werift. `close()` it, or let it `vanish()`. */
export class MediaCaller {
  /** Whole pictures that came. */
  readonly pictures: ReceivedFrame[] = [];
  /** Payloads of sound that came, with their RTP timestamps and marker bits. */
  readonly sounds: { payload: string; timestamp: number; marker: boolean }[] = [];
  /** Messages that came. */
  readonly messages: (string | Buffer)[] = [];
  /** Key frames that it was asked for. */
  keyFrameRequests = 0;
  /** Candidates of its own offer. */
  candidates: string[] = [];
  answer = '';
  /** The other side has said goodbye, or this one has closed. */
  ended = false;
  /** Called with RTCP that came, decrypted, whole. */
  onRtcp: (packet: Buffer) => void = () => undefined;
  /** Whence the pictures come, and the timestamp of the first. */
  readonly pictureSource: { ssrc: number; first: number } = { ssrc: 0, first: 0 };
  /** Whence the sound comes, and the timestamp of the first piece. */
  readonly soundSource: { ssrc: number; first: number } = { ssrc: 0, first: 0 };
  readonly pc: RTCPeerConnection;
  readonly channel: RTCDataChannel | null;
  readonly #options: MediaCallerOptions;
  readonly #packetizer: ReturnType<typeof createPacketizer>;
  readonly #audio: RTCRtpTransceiver | null;
  readonly #video: RTCRtpTransceiver | null;
  #pictureCount = 0;
  #videoSequence = 0;
  #audioSequence = 0;

  private constructor(options: MediaCallerOptions) {
    this.#options = options;
    const codec = options.codec ?? 'vp8';
    this.#packetizer = createPacketizer(codec);
    const video = [builders[codec]({ rtcpFeedback: [useNACK(), usePLI(), useREMB()] })];
    if (options.rtx !== false) {
      video.push(new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90_000 }));
    }
    this.pc = new RTCPeerConnection({
      iceServers: [],
      bundlePolicy: 'max-bundle',
      codecs: { audio: [useOPUS()], video },
      headerExtensions: { audio: [useSdesMid()], video: [useSdesMid(), useAbsSendTime()] },
    });
    const open = (): RTCDataChannel | null =>
      options.channel === undefined ? null : this.pc.createDataChannel(options.channel);
    const early = options.channelFirst === true ? open() : null;
    const { audio, video: pictures } = options;
    this.#audio = audio ? this.pc.addTransceiver('audio', { direction: audio }) : null;
    this.#video = pictures ? this.pc.addTransceiver('video', { direction: pictures }) : null;
    this.channel = early ?? open();
    this.channel?.onMessage.subscribe((data) => this.messages.push(data));
    this.#listen(codec);
  }

  /** Offers to a peer of its own; resolves when both are connected. */
  static async call(
    options: MediaCallerOptions,
    peerOptions: Partial<MediaPeerOptions> = {},
    wishes: Partial<MediaWishes> = {},
  ): Promise<{ caller: MediaCaller; peer: MediaPeer } & AsyncDisposable> {
    const caller = new MediaCaller(options);
    const peer = await caller.#negotiate(peerOptions, wishes);
    const close = async (): Promise<void> => {
      await Promise.all([caller.close(), peer.close()]);
    };
    caller.#watchRtcp();
    try {
      await caller.waitFor(
        () => caller.#dtls.state === 'connected' && peer.connectionState === 'connected',
        'both to connect',
      );
    } catch (error) {
      await close();
      throw error;
    }
    return { caller, peer, [Symbol.asyncDispose]: close };
  }

  /** Sends a picture of `size` bytes whose last bytes are its number; gives the number. */
  sendPicture(type: 'key' | 'delta', size = 3000): number {
    const number = this.#pictureCount++;
    const data = bitstream(this.#options.codec ?? 'vp8', type, size);
    data.writeUInt32BE(firstNumber + number, size - 4);
    const chunk = new EncodedVideoChunk({ type, timestamp: 0, data });
    const { payloads } = this.#packetizer.packetize(chunk);
    payloads.forEach((payload, index) => {
      const marker = index === payloads.length - 1;
      const sequenceNumber = this.#videoSequence++ & 0xffff;
      void this.#video?.sender.sendRtp(rtp(payload, sequenceNumber, number * 3000, marker));
    });
    return number;
  }

  /** Leaves numbers out, as if packets had been lost for good. */
  skip(packets = 1): void {
    this.#videoSequence += packets;
    this.#audioSequence += packets;
  }

  /** Sends a piece of sound: any text, at 20 ms from the last. */
  sendSound(text: string): void {
    const sequenceNumber = this.#audioSequence++ & 0xffff;
    const payload = Buffer.concat([Buffer.from([0xf8]), Buffer.from(text)]);
    void this.#audio?.sender.sendRtp(rtp(payload, sequenceNumber, sequenceNumber * 960, false));
  }

  /** Sends any bytes as RTCP, well encrypted. */
  async sendRtcp(packet: Buffer): Promise<void> {
    const { srtcp, iceTransport } = this.#dtls;
    await iceTransport.connection.send(srtcp.encrypt(packet));
  }

  /** Sends any payload under any RTP header, well encrypted. */
  async sendRtp(fields: Partial<RtpHeader>, payload: Buffer): Promise<void> {
    const { srtp, iceTransport } = this.#dtls;
    const header = new RtpHeader({ version: 2, ...fields });
    await iceTransport.connection.send(srtp.encrypt(payload, header));
  }

  /** Says by REMB how many bits a second it can take. */
  sendBandwidth(bitrate: number): Promise<void> {
    return this.sendRtcp(writeBandwidth(1, this.pictureSource.ssrc, bitrate));
  }

  /** Numbers of the pictures that came. */
  get numbers(): number[] {
    return this.pictures.map(({ data }) => data.readUInt32BE(data.length - 4) - firstNumber);
  }

  /** Resolves once `condition` holds. */
  async waitFor(condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
    await until(condition, what, timeoutMs);
  }

  /** Disappears like a killed process: nothing is said. */
  async vanish(): Promise<void> {
    silence(this.pc);
    await this.pc.close();
  }

  /** Leaves as a browser does. */
  async close(): Promise<void> {
    await sayGoodbye(this.pc);
    await this.pc.close();
  }

  get #dtls(): RTCDtlsTransport {
    return dtlsOf(this.pc);
  }

  #listen(codec: ReceivableCodecName): void {
    const assembler = new FrameAssembler(codec, (frame) => this.pictures.push(frame));
    this.#video?.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => {
        noteSource(this.pictureSource, packet);
        assembler.push(packet);
      });
    });
    this.#video?.sender.onPictureLossIndication.subscribe(() => {
      this.keyFrameRequests += 1;
    });
    this.#audio?.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => {
        noteSource(this.soundSource, packet);
        const { header, payload } = packet;
        const { timestamp, marker } = header;
        this.sounds.push({ payload: payload.subarray(1).toString(), timestamp, marker });
      });
    });
  }

  async #negotiate(
    peerOptions: Partial<MediaPeerOptions>,
    wishes: Partial<MediaWishes>,
  ): Promise<MediaPeer> {
    await this.pc.setLocalDescription(await this.pc.createOffer());
    this.#watchSockets();
    const sdp = this.pc.localDescription?.sdp ?? '';
    this.candidates = [...sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, line]) => line ?? '');
    const edited = this.#options.editOffer?.(sdp) ?? sdp;
    const offer = readMediaOffer(
      { type: 'offer', sdp: edited },
      {
        audio: both,
        video: { ...both, codecs: [this.#options.codec ?? 'vp8'] },
        allowExtraTracks: false,
        ...wishes,
      },
    );
    const options = { streamName: 'test', logger: silentLogger, ...peerOptions };
    const peer = await MediaPeer.accept(offer, options);
    this.answer = peer.answer.sdp;
    this.#options.onPeer?.(peer, this);
    const { answer } = peer;
    const text = this.#options.editAnswer?.(answer.sdp) ?? answer.sdp;
    await this.pc.setRemoteDescription({ ...answer, sdp: text });
    return peer;
  }

  #watchRtcp(): void {
    const dtls = this.#dtls;
    dtls.onStateChange.subscribe((state) => {
      if (state === 'closed') this.ended = true;
      if (state !== 'connected') return;
      const decrypt = dtls.srtcp.decrypt;
      dtls.srtcp.decrypt = (packet) => {
        const plain = decrypt(packet);
        this.onRtcp(plain);
        return plain;
      };
    });
  }

  #watchSockets(): void {
    const { drop } = this.#options;
    if (drop === undefined) return;
    for (const transport of socketsOf(this.pc)) {
      const send = transport.send.bind(transport);
      transport.send = (data, to) => {
        const label = rtpLabelOf(data);
        return label !== null && drop(label) ? Promise.resolve() : send(data, to);
      };
    }
  }
}

function noteSource(source: { ssrc: number; first: number }, { header }: RtpPacket): void {
  if (source.ssrc === 0) Object.assign(source, { ssrc: header.ssrc, first: header.timestamp });
}

function rtp(
  payload: Buffer,
  sequenceNumber: number,
  timestamp: number,
  marker: boolean,
): RtpPacket {
  // sendRtp() writes to the header: each packet has its own.
  return new RtpPacket(
    new RtpHeader({ version: 2, payloadType: 0, sequenceNumber, timestamp, marker, ssrc: 0 }),
    payload,
  );
}
