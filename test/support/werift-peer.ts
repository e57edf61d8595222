import type { Socket } from 'node:dgram';
import { RTCRtpCodecParameters, useH264, useVP8, useVP9 } from 'werift';
import type { RTCDtlsTransport, RTCPeerConnection } from 'werift';

/** Codec entries of a werift peer. */
export const builders = { vp8: useVP8, vp9: useVP9, h264: useH264, av1: useAv1 } as const;

/** werift's own is of an old draft. */
function useAv1(props: Partial<RTCRtpCodecParameters>): RTCRtpCodecParameters {
  return new RTCRtpCodecParameters({ mimeType: 'video/AV1', clockRate: 90_000, ...props });
}

/** What of a packet's header stands there in clear. */
export interface RtpLabel {
  ssrc: number;
  sequenceNumber: number;
  payloadType: number;
}

/** The header of an RTP packet; `null` for STUN, DTLS and RTCP. */
export function rtpLabelOf(datagram: Buffer): RtpLabel | null {
  const first = datagram[0] ?? 0;
  const type = datagram[1] ?? 0;
  const isRtp = first >= 128 && first < 192 && !(type >= 192 && type <= 223);
  if (!isRtp) return null;
  return {
    ssrc: datagram.readUInt32BE(8),
    sequenceNumber: datagram.readUInt16BE(2),
    payloadType: type & 0x7f,
  };
}

/** A UDP socket as werift wraps it. */
export interface UdpLike {
  onData: (data: Buffer, address: readonly [string, number]) => void;
  send: (data: Buffer, address?: readonly [string, number]) => Promise<void>;
  readonly socket: Socket;
}

/** The one DTLS transport of a peer that bundles. */
export function dtlsOf(pc: RTCPeerConnection): RTCDtlsTransport {
  return pc.dtlsTransports[0] as RTCDtlsTransport;
}

/** The sockets of a peer that bundles. */
export function socketsOf(pc: RTCPeerConnection): UdpLike[] {
  const connection: unknown = dtlsOf(pc).iceTransport.connection;
  return (connection as { protocols: { transport: UdpLike }[] }).protocols.map(
    ({ transport }) => transport,
  );
}

/** From here on nothing is sent, as by a killed process. */
export function silence(pc: RTCPeerConnection): void {
  for (const transport of socketsOf(pc)) transport.send = () => Promise.resolve();
}

/** Says goodbye on the DTLS layer (RFC 5246, 7.2.1), which werift's own `close()` does not, when it is connected. */
export async function sayGoodbye(pc: RTCPeerConnection): Promise<void> {
  const transport = dtlsOf(pc);
  const socket = transport.dtls;
  if (transport.state !== 'connected' || socket === undefined) return;
  const sequenceNumber = ++socket.dtls.recordSequenceNumber;
  const record = { type: 21, version: 0xfefd, epoch: socket.dtls.epoch, sequenceNumber };
  const body = socket.cipher.cipher.encrypt(socket.sessionType, Buffer.from([1, 0]), record);
  const header = Buffer.alloc(13);
  header.writeUInt8(record.type, 0);
  header.writeUInt16BE(record.version, 1);
  header.writeUInt16BE(record.epoch, 3);
  header.writeUIntBE(sequenceNumber, 5, 6);
  header.writeUInt16BE(body.length, 11);
  await transport.iceTransport.connection.send(Buffer.concat([header, body]));
  // Closing a socket throws away what it has not sent yet.
  do await new Promise((resolve) => setImmediate(resolve));
  while (socketsOf(pc).some((udp) => udp.socket.getSendQueueCount() > 0));
}

/**
 * Resolves once `condition` holds.
 *
 * @param state - What the error says of how far it came.
 * @throws after `timeoutMs`.
 */
export async function until(
  condition: () => boolean,
  what: string,
  timeoutMs: number,
  state?: () => unknown,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new Error(
        `waited ${timeoutMs} ms for ${what}${state ? `, at ${String(state())}` : ''}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
