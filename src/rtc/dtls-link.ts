import { RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport } from 'werift';
import type { IceAgent } from './ice-agent.js';
import type { IcePath } from './ice-path.js';
import type { PacketRun } from './packet-run.js';
import type { PeerOffer } from './peer-offer.js';
import { readRtcp } from './rtcp-reader.js';
import type { RtcpMessage } from './rtcp-reader.js';
import { isMediaPacket, isRtcpPacket } from './rtp-packet.js';
import type { ReceivedRtp, RtpHeaderFields } from './rtp-packet.js';
import { SrtpReader } from './srtp-reader.js';
import { SentLog } from './sent-log.js';
import { createSrtcpCipher } from './srtcp.js';
import type { SrtcpCipher } from './srtcp.js';
import { createSrtpWriter } from './srtp-writer.js';
import type { SrtpWriter } from './srtp-writer.js';

/** SRTP profiles in the order of preference (RFC 5764, RFC 7714): a run of packets in AES-CM costs a quarter less. */
const srtpProfiles: (1 | 7)[] = [1, 7];
/** What encryption adds to a packet, about. */
const srtpOverhead = 12;
/** A browser sends some 20 a second, and some dozen more while packets get lost. */
const maxRtcpPerSecond = 500;
/** Handshake records kept while the path is still being confirmed. */
const maxEarlyRecords = 16;
/**
 * What a peer may send for its handshake: that of a browser takes 2 KiB, a large chain of certificates 10, and all of it comes again
 * where the network loses much. werift keeps every piece that it can make nothing of.
 */
const maxHandshakeBytes = 64 * 1024;

const recordType = { alert: 21, handshake: 22 } as const;
const clientHello = 1;
const helloVerifyRequest = 3;

const fingerprintsOf = new WeakMap<object, readonly { algorithm: string; value: string }[]>();

type DtlsSocket = NonNullable<RTCDtlsTransport['dtls']>;

/** What werift's DTLS keeps to itself. */
interface SocketInternals {
  onHandleHandshakes: (messages: readonly { msg_type: number }[]) => Promise<void>;
  /** Of a client only. */
  connect: () => Promise<void>;
}

const closeNotify = 0;
/** Record number of a farewell: no session comes near, so that it is new to the viewer whenever it is sent. */
const farewellNumber = 2 ** 40;

/** DTLS and SRTP with one peer: werift's, with the things added that it lacks. */
export class DtlsLink {
  /** For the data channels. */
  readonly transport: RTCDtlsTransport;
  /** Says which RTP is wanted; the rest is not even decrypted. None by default. */
  wantsRtp: (header: RtpHeaderFields) => boolean = () => false;
  /** Called with RTP of the peer that is wanted, decrypted, none twice. */
  onRtp: (packet: ReceivedRtp) => void = () => undefined;
  /** Called with RTCP of the peer, decrypted. */
  onRtcp: (message: RtcpMessage) => void = () => undefined;
  /** Called when the viewer has said goodbye; maybe more than once. */
  onClosed: () => void = () => undefined;
  readonly #ice: IceAgent;
  readonly #path: IcePath;
  #writer: SrtpWriter | null = null;
  #reader: SrtpReader | null = null;
  #rtcpCipher: SrtcpCipher | null = null;
  #rtcpSince: number = Number.NEGATIVE_INFINITY;
  #rtcpCount = 0;
  #sentLog: SentLog | null = null;
  #bytesSent = 0;
  #early: Buffer[] | null = [];
  #handshakeBytes = 0;
  /** Parts of the handshake that still run, werift's timers with them. */
  readonly #running: Set<Promise<unknown>> = new Set();
  #closed = false;

  private constructor(ice: IceAgent, transport: RTCDtlsTransport) {
    this.#ice = ice;
    this.#path = ice.path;
    this.transport = transport;
    const { connection } = ice.transport;
    ice.guard.onMedia = (data) => {
      if (this.connected) this.#takeMedia(data);
    };
    ice.guard.filter = (data) => this.#passes(data);
    // First in line, before werift's own subscription at the handshake.
    connection.onData.subscribe((data) => {
      this.#look(data);
    });
    // werift would decrypt what nobody wants, and let exceptions out.
    transport.startSrtp = () => {
      transport.updateSrtpSession();
    };
    transport.onStateChange.subscribe((state) => {
      if (state === 'closed' || state === 'failed') this.#ended();
    });
  }

  /** Makes what the first link of a process or worker thread would wait for. Never rejects: the link would say why. */
  static async prepare(): Promise<void> {
    await RTCDtlsTransport.SetupCertificate().catch(() => undefined);
  }

  /** Every link of the process shows the same certificate: making one takes longer than all the rest. */
  static async create(ice: IceAgent): Promise<DtlsLink> {
    const certificate = await RTCDtlsTransport.SetupCertificate();
    const transport = new RTCDtlsTransport({}, ice.transport, certificate, srtpProfiles);
    return new DtlsLink(ice, transport);
  }

  /** For `a=fingerprint`. */
  get fingerprints(): readonly { algorithm: string; value: string }[] {
    const certificate = this.transport.localCertificate;
    if (certificate === undefined) return this.transport.localParameters.fingerprints;
    // werift would parse the certificate each time.
    const known = fingerprintsOf.get(certificate) ?? this.transport.localParameters.fingerprints;
    fingerprintsOf.set(certificate, known);
    return known;
  }

  /** True while SRTP can be sent. */
  get connected(): boolean {
    return this.transport.state === 'connected' && !this.#closed;
  }

  /**
   * Does the handshake; resolves when SRTP is up. Passive unless the viewer insists: a passive side waits for no timer.
   */
  async start(offer: PeerOffer['dtls']): Promise<void> {
    const active = offer.setup === 'passive';
    this.transport.role = active ? 'client' : 'server';
    this.transport.setRemoteParams(
      new RTCDtlsParameters(
        offer.fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value)),
        active ? 'server' : 'client',
      ),
    );
    const done = this.transport.start();
    if (this.transport.dtls !== undefined) this.#prepare(this.transport.dtls, active);
    const early = this.#early ?? [];
    this.#early = null;
    for (const record of early) this.#ice.transport.connection.onData.execute(record);
    await done;
  }

  /** Encrypts the packets of a run and sends them; returns their bytes, 0 when not connected. */
  sendRun(run: PacketRun): number {
    if (!this.connected) return 0;
    this.#writer ??= createSrtpWriter(this.transport.srtp);
    this.#writer.seal(run);
    const bytes = this.#path.sendRun(run);
    this.#bytesSent += bytes;
    return bytes;
  }

  /** Bytes of RTP sent so far: encrypted, headers, retransmissions and padding included. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** When packets were sent, by their transport-wide numbers. */
  get sentLog(): SentLog {
    return (this.#sentLog ??= new SentLog());
  }

  /** Notes a packet of so many bytes that is about to be encrypted; returns its transport-wide number. */
  log(nowMs: number, bytes: number): number {
    return this.sentLog.add(nowMs, bytes + srtpOverhead);
  }

  /** Sends a packet of {@link sendRun} once more as it was. */
  resend(packet: Buffer): void {
    if (!this.connected) return;
    this.#bytesSent += packet.length;
    this.#path.send(packet);
  }

  /** Encrypts compound RTCP and sends it. */
  sendRtcp(packet: Buffer): void {
    if (this.connected) this.#path.send(this.#rtcp.encrypt(packet));
  }

  /** Sends DTLS close_notify, so that a browser notices at once (RFC 5246, 7.2.1). */
  sayGoodbye(): boolean {
    const socket = this.transport.dtls;
    if (socket === undefined) return false;
    const record = this.#goodbye(++socket.dtls.recordSequenceNumber);
    if (record !== null) this.#path.send(record);
    return record !== null;
  }

  /** A goodbye to be sent by somebody else, when nothing else will be; `null` when not connected. */
  farewell(): Buffer | null {
    return this.#goodbye(farewellNumber);
  }

  #goodbye(sequenceNumber: number): Buffer | null {
    const socket = this.transport.dtls;
    if (socket === undefined || !this.connected) return null;
    const { epoch } = socket.dtls;
    const header = { type: recordType.alert, version: 0xfefd, epoch, sequenceNumber };
    const warning = Buffer.from([1, closeNotify]);
    const body = socket.cipher.cipher.encrypt(socket.sessionType, warning, header);
    const record = Buffer.alloc(13 + body.length);
    record.writeUInt8(header.type, 0);
    record.writeUInt16BE(header.version, 1);
    record.writeUInt16BE(epoch, 3);
    record.writeUIntBE(sequenceNumber, 5, 6);
    record.writeUInt16BE(body.length, 11);
    body.copy(record, 13);
    return record;
  }

  /**
   * Ends the handshake if it still runs; the sockets are the ICE agent's. Resolves when no timer is left: at once
   * when connected for a second, after up to 5.5 s when the viewer has left a handshake unanswered for long.
   */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#early = null;
    const socket = this.transport.dtls;
    if (socket === undefined) return;
    // What werift would go on repeating for half a minute counts as answered, whatever it begins yet.
    Object.defineProperty(socket.dtls, 'flight', {
      get: () => Number.MAX_SAFE_INTEGER,
      set: () => undefined,
    });
    socket.onData.allUnsubscribe();
    socket.onClose.allUnsubscribe();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #prepare(socket: DtlsSocket, active: boolean): void {
    neverCountBack(socket.dtls);
    const internals = socket as unknown as SocketInternals;
    const handle = internals.onHandleHandshakes;
    internals.onHandleHandshakes = (messages) => {
      // The second answer to a hello that was repeated: werift would take it for an error, and give up.
      const isRepeated = (type: number): boolean =>
        type === helloVerifyRequest && socket.dtls.flight >= 3;
      return this.#track(handle(messages.filter(({ msg_type }) => !isRepeated(msg_type))));
    };
    if (!active) return;
    const connect = internals.connect.bind(socket);
    const begun = new Promise<void>((resolve) => {
      // werift calls it after a while, closed or not.
      internals.connect = () => {
        resolve();
        return this.#closed ? Promise.resolve() : this.#track(connect());
      };
    });
    void this.#track(begun);
  }

  #track<T>(part: Promise<T>): Promise<T> {
    const ended: Promise<unknown> = part
      .catch(() => undefined)
      .finally(() => this.#running.delete(ended));
    this.#running.add(ended);
    return part;
  }

  /** Takes media that came through a TURN server, and keeps early handshake records, which werift drops. */
  #look(data: Buffer): void {
    if (isMediaPacket(data)) {
      if (this.connected) this.#takeMedia(data);
      return;
    }
    const type = data[0] ?? 0;
    if (this.#early === null || type < 20 || type > 63) return;
    if (this.#early.length < maxEarlyRecords) this.#early.push(data);
  }

  #takeMedia(data: Buffer): void {
    if (!isRtcpPacket(data)) {
      this.#reader ??= new SrtpReader(this.transport.srtp);
      const packet = this.#reader.read(data, this.wantsRtp);
      if (packet !== null) this.onRtp(packet);
      return;
    }
    if (this.#isTooMuch()) return;
    const plain = this.#rtcp.decrypt(data);
    if (plain === null) return;
    for (const message of readRtcp(plain)) this.onRtcp(message);
  }

  /** True for RTCP of a peer that sends more of it than anybody needs: decrypting it would take time from others. */
  #isTooMuch(): boolean {
    const now = performance.now();
    if (now - this.#rtcpSince > 1000) {
      this.#rtcpSince = now;
      this.#rtcpCount = 0;
    }
    this.#rtcpCount += 1;
    return this.#rtcpCount > maxRtcpPerSecond;
  }

  get #rtcp(): SrtcpCipher {
    return (this.#rtcpCipher ??= createSrtcpCipher(this.transport.srtcp));
  }

  /**
   * What werift may see once connected: no alert, since it ends a session at anybody's, and no ClientHello,
   * since it begins anew at anybody's.
   */
  #passes(data: Buffer): boolean {
    if (this.#closed) return false;
    if (data[0] === recordType.handshake && !this.#mayShakeHands(data.length)) return false;
    if (!this.connected) return true;
    if (data[0] === recordType.alert) {
      if (this.#isGoodbye(data)) this.#ended();
      return false;
    }
    return !isClientHello(data);
  }

  #mayShakeHands(bytes: number): boolean {
    this.#handshakeBytes += bytes;
    return this.#handshakeBytes <= maxHandshakeBytes;
  }

  #isGoodbye(record: Buffer): boolean {
    const socket = this.transport.dtls;
    if (socket === undefined || record.length < 13) return false;
    const epoch = record.readUInt16BE(3);
    // In clear after the handshake it is a stranger's.
    if (epoch === 0) return false;
    const header = {
      type: recordType.alert,
      version: record.readUInt16BE(1),
      epoch,
      sequenceNumber: record.readUIntBE(5, 6),
    };
    const body = record.subarray(13, 13 + record.readUInt16BE(11));
    try {
      const alert = socket.cipher.cipher.decrypt(socket.sessionType, body, header);
      return alert[1] === closeNotify || alert[0] === 2;
    } catch {
      return false;
    }
  }

  #ended(): void {
    if (this.#closed) return;
    this.onClosed();
  }
}

/**
 * Keeps record numbers unique. werift sends Finished under the new keys but the old count, and only then begins
 * at 0: the record that later gets Finished's number is a replay to the viewer (RFC 6347, 4.1.2.6), and a nonce
 * used twice to AES-GCM. Gaps do no harm.
 */
function neverCountBack(context: { recordSequenceNumber: number }): void {
  let last = context.recordSequenceNumber;
  Object.defineProperty(context, 'recordSequenceNumber', {
    get: () => last,
    set: (value: number) => {
      last = Math.max(last, value);
    },
  });
}

/** True for a ClientHello in clear. */
function isClientHello(data: Buffer): boolean {
  if (data.length < 14 || data[0] !== recordType.handshake) return false;
  return data.readUInt16BE(3) === 0 && data[13] === clientHello;
}
