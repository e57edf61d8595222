import { RTCSctpTransport } from 'werift';
import type { RTCDataChannel } from 'werift';
import type { DtlsLink } from './dtls-link.js';
import type { MessageStats } from './viewer-stats.js';

/** Bytes that may wait for the network per channel; what comes then is left out. */
const maxBuffered = 256 * 1024;
/** Channels that one viewer may open. */
const maxChannels = 16;
/** Longest message taken from a peer, announced as `a=max-message-size`. */
export const maxMessageSize: number = 64 * 1024;
/** werift's receive window, which it announces but does not enforce. */
const receiveWindow = 1024 * 1024;
/** Bytes of unfinished messages that a viewer may make us keep. */
const maxUnfinished = 1024 * 1024;

/** What {@link RTCSctpTransport} keeps to itself. */
interface SctpInternals {
  datachannelReceive: (...args: unknown[]) => Promise<void>;
  sctp: {
    handleData(data: Buffer): Promise<void>;
    advertisedRwnd: number;
    /** Not sent yet. */
    outboundQueue: readonly unknown[];
    /** Sent, and not acknowledged yet. */
    sentQueue: readonly unknown[];
  };
}

/** What {@link MessageChannels} tells. */
export interface ChannelListener {
  /** The peer has opened a channel: messages reach it from now on. */
  opened(label: string): void;
  /** Text or bytes of the peer. */
  message(data: string | Buffer, label: string): void;
}

/** Data channels that the peer opened, as one pipe for messages. */
export class MessageChannels {
  readonly #sctp: RTCSctpTransport;
  readonly #channels: Set<RTCDataChannel> = new Set();
  readonly #stats: MessageStats;
  readonly #listener: ChannelListener;

  constructor(
    link: DtlsLink,
    offer: { port: number; maxMessageSize: number },
    stats: MessageStats,
    listener: ChannelListener,
  ) {
    this.#stats = stats;
    this.#listener = listener;
    const sctp = new RTCSctpTransport(5000, maxMessageSize);
    this.#sctp = sctp;
    // werift lets malformed messages become unhandled rejections; here they cost nothing.
    const internals = sctp as unknown as SctpInternals;
    const receive = internals.datachannelReceive.bind(sctp);
    internals.datachannelReceive = (...args) => receive(...args).catch(() => undefined);
    sctp.setDtlsTransport(link.transport);
    link.transport.dataReceiver = (data) => {
      internals.sctp.handleData(data).catch(() => undefined);
    };
    sctp.setRemoteMaxMessageSize(offer.maxMessageSize);
    sctp.setRemotePort(offer.port);
    sctp.onDataChannel.subscribe((channel) => {
      this.#adopt(channel);
    });
  }

  /** Waits for the viewer to open the association; to be called once DTLS is up. */
  async start(remotePort: number): Promise<void> {
    await this.#sctp.start(remotePort);
  }

  /** True when a viewer makes us keep more than it may. */
  get overflowing(): boolean {
    const { advertisedRwnd } = (this.#sctp as unknown as SctpInternals).sctp;
    return advertisedRwnd < receiveWindow - maxUnfinished;
  }

  /** True while something that was sent has not reached the peer, as far as we know. */
  get pending(): boolean {
    const { outboundQueue, sentQueue } = (this.#sctp as unknown as SctpInternals).sctp;
    if (outboundQueue.length > 0 || sentQueue.length > 0) return true;
    return [...this.#channels].some(
      ({ readyState, bufferedAmount }) => readyState === 'open' && bufferedAmount > 0,
    );
  }

  /** Sends `text` over every open channel; counts those that are full. True when one took it. */
  send(text: string): boolean {
    const size = Buffer.byteLength(text);
    let taken = false;
    for (const channel of this.#channels) {
      if (channel.readyState !== 'open') continue;
      if (channel.bufferedAmount + size > maxBuffered) {
        this.#stats.messagesDropped += 1;
        continue;
      }
      try {
        channel.send(text);
        this.#stats.messagesSent += 1;
        taken = true;
      } catch {
        // Longer than the peer takes.
        this.#stats.messagesDropped += 1;
      }
    }
    return taken;
  }

  /** Closes the association. */
  async close(): Promise<void> {
    this.#channels.clear();
    await this.#sctp.stop();
  }

  #adopt(channel: RTCDataChannel): void {
    if (this.#channels.size >= maxChannels) {
      channel.close();
      return;
    }
    this.#channels.add(channel);
    channel.onMessage.subscribe((data) => {
      if (data.length <= maxMessageSize) this.#listener.message(data, channel.label);
    });
    channel.stateChange.subscribe((state) => {
      if (state === 'closed') this.#channels.delete(channel);
      if (state === 'open') this.#listener.opened(channel.label);
    });
    if (channel.readyState === 'open') this.#listener.opened(channel.label);
  }
}
